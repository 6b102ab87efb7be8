-- The tables of the notifications app.

-- One row for each user whom a rule concerns: held while that user's notifications are worked out or decided.
CREATE TABLE notification_users (
    user_key text COLLATE "C" PRIMARY KEY
);

CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    rule text COLLATE "C" NOT NULL,
    user_key text COLLATE "C" NOT NULL,
    -- Empty where the rule is about the user alone.
    item_key text COLLATE "C" NOT NULL DEFAULT '',
    trigger_id uuid NOT NULL,
    -- In event time: of the trigger, and of the end of the time in which something may prevent the notification.
    occurred_at timestamptz NOT NULL,
    deadline_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    state text COLLATE "C" NOT NULL,
    reason text NOT NULL DEFAULT '',
    body jsonb NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    -- Null: what users do may still change it.
    decided_at timestamptz,
    -- When something is to be done about it: delivery, the next attempt, or finding that its worker died.
    next_at timestamptz NOT NULL,
    lease_token uuid,
    -- Handed to a delayed task; the sweep leaves it alone until then.
    handed_until timestamptz,
    handings smallint NOT NULL DEFAULT 0,
    finished_at timestamptz,
    created_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
-- One notification for each occasion; a user's occasions by time.
CREATE UNIQUE INDEX notifications_occasion ON notifications (rule, user_key, item_key, occurred_at);
-- What there is to do, by when.
CREATE INDEX notifications_open ON notifications (next_at) WHERE state IN ('pending', 'leased');
-- A user's, and a state's, newest notifications.
CREATE INDEX notifications_user ON notifications (user_key, id);
CREATE INDEX notifications_state ON notifications (state, id);

-- What the rules about users read, without the same users' other events. Rules that watch other types work without it,
-- out of events_user_item_time, which is slower for users with many events.
CREATE INDEX events_user_fitness ON events (user_key, "time") WHERE type IN ('app_launch', 'training_program_started');
