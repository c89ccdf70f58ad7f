"""A Flask application with the portal, for browsers: prints where it is and what is in it, and serves until it ends."""

import json
import sys
import threading
from pathlib import Path

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from flask import Flask, Response, request
from flask.json import jsonify
from tests.browser.world import GIVEN, PAYER, Outbox, build
from werkzeug.serving import make_server

from tenantaccess import TenantAccess
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.web.flask import TenantAccessFlask
from tenantaccess.web.portal import PortalSettings


def main(folder: str) -> None:
    """Serve from a database in *folder*."""
    store = SQLAlchemyStore(f"sqlite:///{folder}/portal.db")
    store.create_all()
    access, outbox = TenantAccess(store, CATALOG, hasher=QuickHasher()), Outbox()
    facts = build(access, outbox)
    app = Flask(__name__)
    app.secret_key = access.entropy.token()
    settings = PortalSettings(
        "Clearwater Health", tenant="practice", tenants="practices", support="Provider relations, 555-0199"
    )
    TenantAccessFlask(
        app,
        access,
        settings=settings,
        operator_of=lambda request: PAYER if request.cookies.get("operator") == "yes" else None,
    )

    @app.get("/outbox")
    def mails() -> Response:
        access.notices.deliver(outbox)
        return jsonify([[one.purpose, one.to, one.token] for one in outbox.messages])

    @app.get("/given")
    def given() -> Response:
        named = request.args.to_dict()
        return jsonify(GIVEN[named.pop("what")](access, outbox, **named))

    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(json.dumps({"port": server.port, **facts}), flush=True)
    threading.Thread(target=_until_closed, args=(server,), daemon=True).start()
    server.serve_forever()


def _until_closed(server: object) -> None:
    """End as soon as whoever started this is gone."""
    sys.stdin.read()
    server.shutdown()  # type: ignore[attr-defined]  # a server of Werkzeug


if __name__ == "__main__":
    main(sys.argv[1])
