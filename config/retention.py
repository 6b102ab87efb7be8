"""How long Django and the broker keep what they store."""

from __future__ import annotations

from config.messaging import QUEUES
from events.retention.pruning import Expired, OldRows
from events.retention.registry import pruned_table, redis_key, table

pruned_table(
    OldRows(
        table="django_session",
        age=Expired(),
        condition="expire_date < %(before)s",
        position="expire_date",
        uses="django_session_expire_date",
        is_promise=True,
    ),
    holds="logins of the admin",
    goes="when it expires, `ADMIN_SESSION_HOURS` after the login",
)
table("auth_user", holds="who may log in to the admin", goes="by hand")
table("auth_group", holds="groups of them", goes="by hand")
for _name in ("auth_user_groups", "auth_user_user_permissions", "auth_group_permissions"):
    table(_name, holds="who is in which group, and may do what", goes="by hand")
for _name in ("otp_totp_totpdevice", "otp_static_staticdevice", "otp_static_statictoken"):
    table(_name, holds="second factors of the admin's login", goes="by hand, and with their user")
table("axes_accessattempt", holds="failed logins", goes="with the next one after `ADMIN_LOCKOUT_MINUTES`")
table("axes_accesslog", holds="logins: who, when, from where", goes="with `manage.py axes_reset_logs --age DAYS`")
for _name in ("axes_accessattemptexpiration", "axes_accessfailurelog"):
    table(_name, holds="what django-axes could note as well", goes="never; nothing is written there")
table("django_admin_log", holds="what was done in the admin", goes="never; it grows as fast as people click")
for _name in ("auth_permission", "django_content_type", "django_migrations"):
    table(_name, holds="what there is in this version", goes="never; it does not grow")

for _name in QUEUES:
    redis_key(_name, holds="messages of a queue, which hold ids", goes="when a worker takes it")
for _name in ("unacked", "unacked_index", "unacked_mutex"):
    redis_key(_name, holds="messages that workers have taken", goes="when they are done")
redis_key("_kombu.binding_deadlines", holds="until when queues of one connection are kept", goes="with those queues")
redis_key("_kombu.binding_permanent.<queue>", holds="that a queue stays", goes="never; one for each queue")
redis_key("_kombu.binding.<name>", holds="which queues there are", goes="never; one for each queue and exchange")
