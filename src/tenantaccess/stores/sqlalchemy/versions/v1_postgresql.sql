CREATE TABLE tenantaccess_access_log (
	stream TEXT COLLATE "C" NOT NULL,
	day TEXT COLLATE "C" NOT NULL,
	actor_kind TEXT COLLATE "C" NOT NULL,
	actor_id TEXT COLLATE "C" NOT NULL,
	actor_link TEXT COLLATE "C" NOT NULL,
	what TEXT COLLATE "C" NOT NULL,
	reason TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	first_at TIMESTAMP WITH TIME ZONE NOT NULL,
	last_at TIMESTAMP WITH TIME ZONE NOT NULL,
	count BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_access_log PRIMARY KEY (stream, day, actor_kind, actor_id, actor_link, what, reason, subject)
);

CREATE INDEX ix_tenantaccess_access_log_last ON tenantaccess_access_log (stream, last_at);

CREATE TABLE tenantaccess_attempt (
	key TEXT COLLATE "C" NOT NULL,
	began_at TIMESTAMP WITH TIME ZONE NOT NULL,
	count BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_attempt PRIMARY KEY (key)
);

CREATE INDEX ix_tenantaccess_attempt_began ON tenantaccess_attempt (began_at);

CREATE TABLE tenantaccess_event (
	stream TEXT COLLATE "C" NOT NULL,
	number BIGINT NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	actor_kind TEXT COLLATE "C" NOT NULL,
	actor_id TEXT COLLATE "C" NOT NULL,
	actor_link TEXT COLLATE "C" NOT NULL,
	actor_key TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	before TEXT COLLATE "C" NOT NULL,
	after TEXT COLLATE "C" NOT NULL,
	key TEXT COLLATE "C" NOT NULL,
	command TEXT COLLATE "C" NOT NULL,
	result TEXT COLLATE "C" NOT NULL,
	private_digest TEXT COLLATE "C" NOT NULL,
	previous TEXT COLLATE "C" NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_tenantaccess_event PRIMARY KEY (stream, number)
);

CREATE INDEX ix_tenantaccess_event_key ON tenantaccess_event (stream, actor_key, key, number);

CREATE INDEX ix_tenantaccess_event_subject ON tenantaccess_event (subject, stream, number);

CREATE TABLE tenantaccess_notice (
	notice_id TEXT COLLATE "C" NOT NULL,
	purpose TEXT COLLATE "C" NOT NULL,
	audience TEXT COLLATE "C" NOT NULL,
	principal_id TEXT COLLATE "C",
	tenant_id TEXT COLLATE "C",
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	incarnation BIGINT NOT NULL,
	access_epoch BIGINT NOT NULL,
	token_purpose TEXT COLLATE "C",
	recipient_id TEXT COLLATE "C",
	invitation_id TEXT COLLATE "C",
	by_id TEXT COLLATE "C",
	event BIGINT NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	place BIGINT NOT NULL,
	claimed_until TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_tenantaccess_notice PRIMARY KEY (notice_id)
);

CREATE INDEX ix_tenantaccess_notice_state ON tenantaccess_notice (state, created_at, place);

CREATE TABLE tenantaccess_principal (
	principal_id TEXT COLLATE "C" NOT NULL,
	username TEXT COLLATE "C" NOT NULL,
	username_key TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	email TEXT COLLATE "C" NOT NULL,
	email_key TEXT COLLATE "C" NOT NULL,
	email_verified_at TIMESTAMP WITH TIME ZONE,
	suspended_at TIMESTAMP WITH TIME ZONE,
	proof_epoch BIGINT NOT NULL,
	access_epoch BIGINT NOT NULL,
	password_choice TEXT COLLATE "C" NOT NULL,
	chosen_in TEXT COLLATE "C",
	password_epoch BIGINT NOT NULL,
	password_changes TEXT COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	head_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_tenantaccess_principal PRIMARY KEY (principal_id),
	CONSTRAINT uq_tenantaccess_principal_username UNIQUE (username_key),
	CONSTRAINT ck_tenantaccess_principal_version CHECK (version >= 0)
);

CREATE TABLE tenantaccess_record (
	tenant_id TEXT COLLATE "C" NOT NULL,
	set_key TEXT COLLATE "C" NOT NULL,
	record_key TEXT COLLATE "C" NOT NULL,
	label TEXT COLLATE "C" NOT NULL,
	content TEXT COLLATE "C" NOT NULL,
	refers TEXT COLLATE "C" NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_tenantaccess_record PRIMARY KEY (tenant_id, set_key, record_key)
);

CREATE TABLE tenantaccess_schema_1 (
	version BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_schema_1 PRIMARY KEY (version)
);

CREATE TABLE tenantaccess_tenant (
	tenant_id TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	name_key TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	segments TEXT COLLATE "C" NOT NULL,
	linking TEXT COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	head_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_tenantaccess_tenant PRIMARY KEY (tenant_id),
	CONSTRAINT ck_tenantaccess_tenant_version CHECK (version >= 0)
);

CREATE INDEX ix_tenantaccess_tenant_name ON tenantaccess_tenant (name_key, tenant_id);

CREATE TABLE tenantaccess_token (
	digest TEXT COLLATE "C" NOT NULL,
	purpose TEXT COLLATE "C" NOT NULL,
	slot TEXT COLLATE "C" NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	tenant_id TEXT COLLATE "C",
	principal_id TEXT COLLATE "C",
	invitation_id TEXT COLLATE "C",
	proven_id TEXT COLLATE "C",
	incarnation BIGINT NOT NULL,
	access_epoch BIGINT NOT NULL,
	proof_epoch BIGINT NOT NULL,
	password_epoch BIGINT NOT NULL,
	email_key TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_tenantaccess_token PRIMARY KEY (digest)
);

CREATE INDEX ix_tenantaccess_token_invitation ON tenantaccess_token (invitation_id);

CREATE INDEX ix_tenantaccess_token_principal ON tenantaccess_token (principal_id);

CREATE UNIQUE INDEX ix_tenantaccess_token_slot ON tenantaccess_token (slot, purpose) WHERE state = 'live';

CREATE TABLE tenantaccess_copy_job (
	tenant_id TEXT COLLATE "C" NOT NULL,
	job_id TEXT COLLATE "C" NOT NULL,
	targets TEXT COLLATE "C" NOT NULL,
	sets TEXT COLLATE "C" NOT NULL,
	selection TEXT COLLATE "C" NOT NULL,
	on_conflict TEXT COLLATE "C" NOT NULL,
	actor_id TEXT COLLATE "C" NOT NULL,
	fingerprints TEXT COLLATE "C" NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	why TEXT COLLATE "C",
	cursor_target TEXT COLLATE "C" NOT NULL,
	cursor_set TEXT COLLATE "C" NOT NULL,
	cursor_after TEXT COLLATE "C" NOT NULL,
	tallies TEXT COLLATE "C" NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_tenantaccess_copy_job PRIMARY KEY (tenant_id, job_id),
	CONSTRAINT fk_tenantaccess_copy_job_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id),
	CONSTRAINT uq_tenantaccess_copy_job_id UNIQUE (job_id)
);

CREATE TABLE tenantaccess_credential (
	principal_id TEXT COLLATE "C" NOT NULL,
	stored TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_tenantaccess_credential PRIMARY KEY (principal_id),
	CONSTRAINT fk_tenantaccess_credential_principal FOREIGN KEY(principal_id) REFERENCES tenantaccess_principal (principal_id)
);

CREATE TABLE tenantaccess_external_id (
	tenant_id TEXT COLLATE "C" NOT NULL,
	scheme TEXT COLLATE "C" NOT NULL,
	value TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_tenantaccess_external_id PRIMARY KEY (tenant_id, scheme),
	CONSTRAINT fk_tenantaccess_external_id_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id),
	CONSTRAINT uq_tenantaccess_external_id_value UNIQUE (scheme, value)
);

CREATE TABLE tenantaccess_invitation (
	tenant_id TEXT COLLATE "C" NOT NULL,
	invitation_id TEXT COLLATE "C" NOT NULL,
	email TEXT COLLATE "C" NOT NULL,
	email_key TEXT COLLATE "C" NOT NULL,
	first_name TEXT COLLATE "C" NOT NULL,
	last_name TEXT COLLATE "C" NOT NULL,
	role_key TEXT COLLATE "C",
	levels TEXT COLLATE "C" NOT NULL,
	segments TEXT COLLATE "C" NOT NULL,
	inviter_kind TEXT COLLATE "C" NOT NULL,
	inviter_id TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	inviter_link TEXT COLLATE "C",
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	sends BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_invitation PRIMARY KEY (tenant_id, invitation_id),
	CONSTRAINT fk_tenantaccess_invitation_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id)
);

CREATE INDEX ix_tenantaccess_invitation_address ON tenantaccess_invitation (email_key, tenant_id, invitation_id);

CREATE INDEX ix_tenantaccess_invitation_created ON tenantaccess_invitation (tenant_id, created_at, invitation_id);

CREATE INDEX ix_tenantaccess_invitation_email ON tenantaccess_invitation (tenant_id, state, email_key);

CREATE INDEX ix_tenantaccess_invitation_inviter ON tenantaccess_invitation (tenant_id, state, inviter_id);

CREATE TABLE tenantaccess_membership (
	tenant_id TEXT COLLATE "C" NOT NULL,
	principal_id TEXT COLLATE "C" NOT NULL,
	origin TEXT COLLATE "C" NOT NULL,
	incarnation BIGINT NOT NULL,
	requested_at TIMESTAMP WITH TIME ZONE,
	approved_at TIMESTAMP WITH TIME ZONE,
	approved_by TEXT COLLATE "C" NOT NULL,
	verified_at TIMESTAMP WITH TIME ZONE,
	verified_how TEXT COLLATE "C",
	disabled_at TIMESTAMP WITH TIME ZONE,
	disabled_by TEXT COLLATE "C",
	disabled_reason TEXT COLLATE "C",
	held_by_operator BOOLEAN NOT NULL,
	clock_started_at TIMESTAMP WITH TIME ZONE,
	last_active_at TIMESTAMP WITH TIME ZONE,
	valid_from TIMESTAMP WITH TIME ZONE,
	valid_until TIMESTAMP WITH TIME ZONE,
	ends_by TEXT COLLATE "C",
	access_epoch BIGINT NOT NULL,
	proof_epoch BIGINT NOT NULL,
	role_key TEXT COLLATE "C",
	segments TEXT COLLATE "C" NOT NULL,
	resting_on TEXT COLLATE "C",
	resting_kind TEXT COLLATE "C" NOT NULL,
	resting_incarnation BIGINT NOT NULL,
	resting_proof_epoch BIGINT NOT NULL,
	resting_principal_epoch BIGINT NOT NULL,
	resting_password_epoch BIGINT NOT NULL,
	proven_by TEXT COLLATE "C",
	proven_at TIMESTAMP WITH TIME ZONE,
	first_name TEXT COLLATE "C" NOT NULL,
	last_name TEXT COLLATE "C" NOT NULL,
	email TEXT COLLATE "C" NOT NULL,
	phone TEXT COLLATE "C" NOT NULL,
	gone_at TIMESTAMP WITH TIME ZONE,
	lapse_noted_at TIMESTAMP WITH TIME ZONE,
	warned BIGINT NOT NULL,
	username_key TEXT COLLATE "C" NOT NULL,
	first_name_key TEXT COLLATE "C" NOT NULL,
	last_name_key TEXT COLLATE "C" NOT NULL,
	email_key TEXT COLLATE "C" NOT NULL,
	clock_at TIMESTAMP WITH TIME ZONE NOT NULL,
	active_at TIMESTAMP WITH TIME ZONE NOT NULL,
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
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
	stream TEXT COLLATE "C" NOT NULL,
	number BIGINT NOT NULL,
	salt TEXT COLLATE "C" NOT NULL,
	content TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_tenantaccess_private_part PRIMARY KEY (stream, number),
	CONSTRAINT fk_tenantaccess_private_part_event FOREIGN KEY(stream, number) REFERENCES tenantaccess_event (stream, number)
);

CREATE TABLE tenantaccess_record_set (
	tenant_id TEXT COLLATE "C" NOT NULL,
	set_key TEXT COLLATE "C" NOT NULL,
	revision BIGINT NOT NULL,
	CONSTRAINT pk_tenantaccess_record_set PRIMARY KEY (tenant_id, set_key),
	CONSTRAINT fk_tenantaccess_record_set_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id)
);

CREATE TABLE tenantaccess_role (
	tenant_id TEXT COLLATE "C" NOT NULL,
	role_key TEXT COLLATE "C" NOT NULL,
	label TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_tenantaccess_role PRIMARY KEY (tenant_id, role_key),
	CONSTRAINT fk_tenantaccess_role_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id)
);

CREATE TABLE tenantaccess_copy_job_tenant (
	tenant_id TEXT COLLATE "C" NOT NULL,
	job_id TEXT COLLATE "C" NOT NULL,
	source_id TEXT COLLATE "C" NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_tenantaccess_copy_job_tenant PRIMARY KEY (tenant_id, job_id),
	CONSTRAINT fk_tenantaccess_copy_job_tenant_tenant FOREIGN KEY(tenant_id) REFERENCES tenantaccess_tenant (tenant_id),
	CONSTRAINT fk_tenantaccess_copy_job_tenant_job FOREIGN KEY(source_id, job_id) REFERENCES tenantaccess_copy_job (tenant_id, job_id)
);

CREATE INDEX ix_tenantaccess_copy_job_tenant_started ON tenantaccess_copy_job_tenant (tenant_id, started_at, job_id);

CREATE TABLE tenantaccess_override (
	tenant_id TEXT COLLATE "C" NOT NULL,
	principal_id TEXT COLLATE "C" NOT NULL,
	resource TEXT COLLATE "C" NOT NULL,
	level TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_tenantaccess_override PRIMARY KEY (tenant_id, principal_id, resource),
	CONSTRAINT fk_tenantaccess_override_membership FOREIGN KEY(tenant_id, principal_id) REFERENCES tenantaccess_membership (tenant_id, principal_id)
);

CREATE INDEX ix_tenantaccess_override_level ON tenantaccess_override (tenant_id, resource, level, principal_id);

CREATE TABLE tenantaccess_role_level (
	tenant_id TEXT COLLATE "C" NOT NULL,
	role_key TEXT COLLATE "C" NOT NULL,
	resource TEXT COLLATE "C" NOT NULL,
	level TEXT COLLATE "C" NOT NULL,
	CONSTRAINT pk_tenantaccess_role_level PRIMARY KEY (tenant_id, role_key, resource),
	CONSTRAINT fk_tenantaccess_role_level_role FOREIGN KEY(tenant_id, role_key) REFERENCES tenantaccess_role (tenant_id, role_key)
);

CREATE INDEX ix_tenantaccess_role_level_level ON tenantaccess_role_level (tenant_id, resource, level, role_key);
