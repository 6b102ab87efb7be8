# The product without embedded servers: PostgreSQL, Redis and the outside services are named by the environment.
FROM python:3.13-slim AS build
COPY requirements-production.lock /tmp/
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
        --requirement /tmp/requirements-production.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home tidemark
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY config config
COPY events events
COPY watchtime watchtime
COPY notifications notifications
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2 CELERY_SKIP_CHECKS=1
# Collecting needs settings, not servers; nothing is signed with this key.
RUN SECRET_KEY=for-this-step-alone-for-this-step-alone-for-this-step-alone \
    DATABASE_URL=postgres://nobody@nowhere/none REDIS_URL=redis://nowhere \
    python manage.py collectstatic --noinput
USER tidemark
EXPOSE 8000
CMD ["python", "manage.py", "help"]
