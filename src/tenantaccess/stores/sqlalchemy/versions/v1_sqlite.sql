CREATE TABLE tenantaccess_access_log (
	stream TEXT NOT NULL,
	day TEXT NOT NULL,
	actor_kind TEXT NOT NULL,
	actor_id TEXT NOT NULL,
	actor_link TEXT NOT NULL,
	what TEXT NOT NULL,
	reason TEXT NOT NULL,
	subject TEXT NOT NULL,
	first_at TEXT NOT NULL,
	last_at TEXT NOT NULL,
	count BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_access_log PRIMARY KEY (stream, day, actor_kind, actor_id, actor_link, what, reason, subject)
)
 WITHOUT ROWID;

CREATE INDEX ix_tenantaccess_access_log_last ON tenantaccess_access_log (stream, last_at);

CREATE TABLE tenantaccess_attempt (
	"key" TEXT NOT NULL,
	began_at TEXT NOT NULL,
	count BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_attempt PRIMARY KEY ("key")
)
 WITHOUT ROWID;

CREATE INDEX ix_tenantaccess_attempt_began ON tenantaccess_attempt (began_at);

CREATE TABLE tenantaccess_event (
	stream TEXT NOT NULL,
	number BIGINT NOT NULL,
	kind TEXT NOT NULL,
	at TEXT NOT NULL,
	actor_kind TEXT NOT NULL,
	actor_id TEXT NOT NULL,
	actor_link TEXT NOT NULL,
	actor_key TEXT NOT NULL,
	subject TEXT NOT NULL,
	"before" TEXT NOT NULL,
	"after" TEXT NOT NULL,
	"key" TEXT NOT NULL,
	command TEXT NOT NULL,
	result TEXT NOT NULL,
	private_digest TEXT NOT NULL,
	previous TEXT NOT NULL,
	digest TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_event PRIMARY KEY (stream, number)
);

CREATE INDEX ix_tenantaccess_event_key ON tenantaccess_event (stream, actor_key, "key", number);

CREATE INDEX ix_tenantaccess_event_subject ON tenantaccess_event (subject, stream, number);

CREATE TABLE tenantaccess_notice (
	notice_id TEXT NOT NULL,
	purpose TEXT NOT NULL,
	audience TEXT NOT NULL,
	principal_id TEXT,
	tenant_id TEXT,
	created_at TEXT NOT NULL,
	incarnation BIGINT NOT NULL,
	access_epoch BIGINT NOT NULL,
	token_purpose TEXT,
	recipient_id TEXT,
	invitation_id TEXT,
	by_id TEXT,
	event BIGINT NOT NULL,
	state TEXT NOT NULL,
	place BIGINT NOT NULL,
	claimed_until TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_notice PRIMARY KEY (notice_id)
)
 WITHOUT ROWID;

CREATE INDEX ix_tenantaccess_notice_state ON tenantaccess_notice (state, created_at, place);

CREATE TABLE tenantaccess_principal (
	principal_id TEXT NOT NULL,
	username TEXT NOT NULL,
	username_key TEXT NOT NULL,
	kind TEXT NOT NULL,
	email TEXT NOT NULL,
	email_key TEXT NOT NULL,
	email_verified_at TEXT,
	suspended_at TEXT,
	proof_epoch BIGINT NOT NULL,
	access_epoch BIGINT NOT NULL,
	password_choice TEXT NOT NULL,
	chosen_in TEXT,
	password_epoch BIGINT NOT NULL,
	password_changes TEXT NOT NULL,
	version BIGINT NOT NULL,
	digest TEXT NOT NULL,
	head_at TEXT,
	CONSTRAINT pk_tenantaccess_principal PRIMARY KEY (principal_id),
	CONSTRAINT uq_tenantaccess_principal_username UNIQUE (username_key),
	CONSTRAINT ck_tenantaccess_principal_version CHECK (version >= 0)
)
 WITHOUT ROWID;

CREATE TABLE tenantaccess_record (
	tenant_id TEXT NOT NULL,
	set_key TEXT NOT NULL,
	record_key TEXT NOT NULL,
	label TEXT NOT NULL,
	content TEXT NOT NULL,
	refers TEXT NOT NULL,
	digest TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_record PRIMARY KEY (tenant_id, set_key, record_key)
)
 WITHOUT ROWID;

CREATE TABLE tenantaccess_schema_1 (
	version BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_schema_1 PRIMARY KEY (version)
)
 WITHOUT ROWID;

CREATE TABLE tenantaccess_tenant (
	tenant_id TEXT NOT NULL,
	name TEXT NOT NULL,
	name_key TEXT NOT NULL,
	state TEXT NOT NULL,
	segments TEXT NOT NULL,
	linking TEXT NOT NULL,
	version BIGINT NOT NULL,
	digest TEXT NOT NULL,
	head_at TEXT,
	CONSTRAINT pk_tenantaccess_tenant PRIMARY KEY (tenant_id),
	CONSTRAINT ck_tenantaccess_tenant_version CHECK (version >= 0)
)
 WITHOUT ROWID;

CREATE INDEX ix_tenantaccess_tenant_name ON tenantaccess_tenant (name_key, tenant_id);

CREATE TABLE tenantaccess_token (
	digest TEXT NOT NULL,
	purpose TEXT NOT NULL,
	slot TEXT NOT NULL,
	expires_at TEXT NOT NULL,
	tenant_id TEXT,
	principal_id TEXT,
	invitation_id TEXT,
	proven_id TEXT,
	incarnation BIGINT NOT NULL,
	access_epoch BIGINT NOT NULL,
	proof_epoch BIGINT NOT NULL,
	password_epoch BIGINT NOT NULL,
	email_key TEXT NOT NULL,
	state TEXT NOT NULL,
	used_at TEXT,
	CONSTRAINT pk_tenantaccess_token PRIMARY KEY (digest)
)
 WITHOUT ROWID;

CREATE INDEX ix_tenantaccess_token_invitation ON tenantaccess_token (invitation_id);

CREATE INDEX ix_tenantaccess_token_principal ON tenantaccess_token (principal_id);

CREATE UNIQUE INDEX ix_tenantaccess_token_slot ON tenantaccess_token (slot, purpose) WHERE state = 'live';

CREATE TABLE tenantaccess_copy_job (
	tenant_id TEXT NOT NULL,
	job_id TEXT NOT NULL,
	targets TEXT NOT NULL,
	sets TEXT NOT NULL,
	selection TEXT NOT NULL,
	on_conflict TEXT NOT NULL,
	actor_id TEXT NOT NULL,
	fingerprints TEXT NOT NULL,
	started_at TEXT NOT NULL,
	state TEXT NOT NULL,
	why TEXT,
	cursor_target TEXT NOT NULL,
	cursor_set TEXT NOT NULL,
	cursor_after TEXT NOT NULL,
	tallies TEXT NOT NULL,
	ended_at TEXT,
	CONSTRAINT pk_tenantaccess_copy_job PRIMARY KEY (tenant_id, job_id),
	CONSTRAINT fk_tenantaccess_copy_job_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id),
	CONSTRAINT uq_tenantaccess_copy_job_id UNIQUE (job_id)
);

CREATE TABLE tenantaccess_credential (
	principal_id TEXT NOT NULL,
	stored TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_credential PRIMARY KEY (principal_id),
	CONSTRAINT fk_tenantaccess_credential_principal FOREIGN KEY(principal_id) REFERENCES tenantaccess_principal (principal_id)
)
 WITHOUT ROWID;

CREATE TABLE tenantaccess_external_id (
	tenant_id TEXT NOT NULL,
	scheme TEXT NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_external_id PRIMARY KEY (tenant_id, scheme),
	CONSTRAINT fk_tenantaccess_external_id_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id),
	CONSTRAINT uq_tenantaccess_external_id_value UNIQUE (scheme, value)
)
 WITHOUT ROWID;

CREATE TABLE tenantaccess_invitation (
	tenant_id TEXT NOT NULL,
	invitation_id TEXT NOT NULL,
	email TEXT NOT NULL,
	email_key TEXT NOT NULL,
	first_name TEXT NOT NULL,
	last_name TEXT NOT NULL,
	role_key TEXT,
	levels TEXT NOT NULL,
	segments TEXT NOT NULL,
	inviter_kind TEXT NOT NULL,
	inviter_id TEXT NOT NULL,
	state TEXT NOT NULL,
	inviter_link TEXT,
	created_at TEXT NOT NULL,
	sent_at TEXT NOT NULL,
	expires_at TEXT NOT NULL,
	sends BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_invitation PRIMARY KEY (tenant_id, invitation_id),
	CONSTRAINT fk_tenantaccess_invitation_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id)
);

CREATE INDEX ix_tenantaccess_invitation_address ON tenantaccess_invitation (email_key, tenant_id, invitation_id);

CREATE INDEX ix_tenantaccess_invitation_created ON tenantaccess_invitation (tenant_id, created_at, invitation_id);

CREATE INDEX ix_tenantaccess_invitation_email ON tenantaccess_invitation (tenant_id, state, email_key);

CREATE INDEX ix_tenantaccess_invitation_inviter ON tenantaccess_invitation (tenant_id, state, inviter_id);

CREATE TABLE tenantaccess_membership (
	tenant_id TEXT NOT NULL,
	principal_id TEXT NOT NULL,
	origin TEXT NOT NULL,
	incarnation BIGINT NOT NULL,
	requested_at TEXT,
	approved_at TEXT,
	approved_by TEXT NOT NULL,
	verified_at TEXT,
	verified_how TEXT,
	disabled_at TEXT,
	disabled_by TEXT,
	disabled_reason TEXT,
	held_by_operator BOOLEAN NOT NULL,
	clock_started_at TEXT,
	last_active_at TEXT,
	valid_from TEXT,
	valid_until TEXT,
	ends_by TEXT,
	access_epoch BIGINT NOT NULL,
	proof_epoch BIGINT NOT NULL,
	role_key TEXT,
	segments TEXT NOT NULL,
	resting_on TEXT,
	resting_kind TEXT NOT NULL,
	resting_incarnation BIGINT NOT NULL,
	resting_proof_epoch BIGINT NOT NULL,
	resting_principal_epoch BIGINT NOT NULL,
	resting_password_epoch BIGINT NOT NULL,
	proven_by TEXT,
	proven_at TEXT,
	first_name TEXT NOT NULL,
	last_name TEXT NOT NULL,
	email TEXT NOT NULL,
	phone TEXT NOT NULL,
	gone_at TEXT,
	lapse_noted_at TEXT,
	warned BIGINT NOT NULL,
	username_key TEXT NOT NULL,
	first_name_key TEXT NOT NULL,
	last_name_key TEXT NOT NULL,
	email_key TEXT NOT NULL,
	clock_at TEXT NOT NULL,
	active_at TEXT NOT NULL,
	asked_at TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_membership PRIMARY KEY (tenant_id, principal_id),
	CONSTRAINT fk_tenantaccess_membership_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id),
	CONSTRAINT fk_tenantaccess_membership_principal FOREIGN KEY(principal_id) REFERENCES tenantaccess_principal (principal_id),
	CONSTRAINT ck_tenantaccess_membership_incarnation CHECK (incarnation >= 1)
);

CREATE INDEX ix_tenantaccess_membership_active ON tenantaccess_membership (tenant_id, active_at, principal_id);

CREATE INDEX ix_tenantaccess_membership_asked ON tenantaccess_membership (tenant_id, asked_at, principal_id);

CREATE INDEX ix_tenantaccess_membership_clock ON tenantaccess_membership (tenant_id, clock_at, principal_id);

CREATE INDEX ix_tenantaccess_membership_email ON tenantaccess_membership (tenant_id, email_key, principal_id);

CREATE INDEX ix_tenantaccess_membership_first_name ON tenantaccess_membership (tenant_id, first_name_key, principal_id);

CREATE INDEX ix_tenantaccess_membership_last_name ON tenantaccess_membership (tenant_id, last_name_key, principal_id);

CREATE INDEX ix_tenantaccess_membership_principal ON tenantaccess_membership (principal_id, tenant_id);

CREATE INDEX ix_tenantaccess_membership_resting ON tenantaccess_membership (tenant_id, resting_on, principal_id);

CREATE INDEX ix_tenantaccess_membership_role ON tenantaccess_membership (tenant_id, role_key, principal_id);

CREATE INDEX ix_tenantaccess_membership_username ON tenantaccess_membership (tenant_id, username_key);

CREATE TABLE tenantaccess_private_part (
	stream TEXT NOT NULL,
	number BIGINT NOT NULL,
	salt TEXT NOT NULL,
	content TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_private_part PRIMARY KEY (stream, number),
	CONSTRAINT fk_tenantaccess_private_part_event FOREIGN KEY(stream, number) REFERENCES tenantaccess_event (stream, number)
);

CREATE TABLE tenantaccess_record_set (
	tenant_id TEXT NOT NULL,
	set_key TEXT NOT NULL,
	revision BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_record_set PRIMARY KEY (tenant_id, set_key),
	CONSTRAINT fk_tenantaccess_record_set_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id)
)
 WITHOUT ROWID;

CREATE TABLE tenantaccess_role (
	tenant_id TEXT NOT NULL,
	role_key TEXT NOT NULL,
	label TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_role PRIMARY KEY (tenant_id, role_key),
	CONSTRAINT fk_tenantaccess_role_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id)
)
 WITHOUT ROWID;

CREATE TABLE tenantaccess_copy_job_tenant (
	tenant_id TEXT NOT NULL,
	job_id TEXT NOT NULL,
	source_id TEXT NOT NULL,
	started_at TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_copy_job_tenant PRIMARY KEY (tenant_id, job_id),
	CONSTRAINT fk_tenantaccess_copy_job_tenant_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id),
	CONSTRAINT fk_tenantaccess_copy_job_tenant_job FOREIGN KEY(source_id, job_id) REFERENCES tenantaccess_copy_job (tenant_id, job_id)
)
 WITHOUT ROWID;

CREATE INDEX ix_tenantaccess_copy_job_tenant_started ON tenantaccess_copy_job_tenant (tenant_id, started_at, job_id);

CREATE TABLE tenantaccess_override (
	tenant_id TEXT NOT NULL,
	principal_id TEXT NOT NULL,
	resource TEXT NOT NULL,
	level TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_override PRIMARY KEY (tenant_id, principal_id, resource),
	CONSTRAINT fk_tenantaccess_override_membership FOREIGN KEY(tenant_id, principal_id) REFERENCES tenantaccess_membership (tenant_id, principal_id)
)
 WITHOUT ROWID;

CREATE INDEX ix_tenantaccess_override_level ON tenantaccess_override (tenant_id, resource, level, principal_id);

CREATE TABLE tenantaccess_role_level (
	tenant_id TEXT NOT NULL,
	role_key TEXT NOT NULL,
	resource TEXT NOT NULL,
	level TEXT NOT NULL,
	CONSTRAINT pk_tenantaccess_role_level PRIMARY KEY (tenant_id, role_key, resource),
	CONSTRAINT fk_tenantaccess_role_level_role FOREIGN KEY(tenant_id, role_key) REFERENCES tenantaccess_role (tenant_id, role_key)
)
 WITHOUT ROWID;

CREATE INDEX ix_tenantaccess_role_level_level ON tenantaccess_role_level (tenant_id, resource, level, role_key);
