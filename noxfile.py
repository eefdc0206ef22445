"""The tests on every supported Python that this machine has, and with the oldest versions pyproject.toml allows.

`make test-all` runs all sessions; a Python that is missing is skipped, and the list at the end says so.
"""

import nox

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Run the tests that need no process of their own, with the locked versions."""
    session.install("--require-hashes", "-r", "requirements.lock")
    session.install("--no-deps", "--no-build-isolation", "--editable", ".")
    session.run("python", "-m", "pytest", *(session.posargs or ["-m", "not process"]))


@nox.session(python="3.11")
def minimum(session: nox.Session) -> None:
    """Run the same tests with the oldest direct dependencies that pyproject.toml allows."""
    session.install("--resolution=lowest-direct", "--editable", ".[test]")
    session.run("python", "-m", "pytest", *(session.posargs or ["-m", "not process"]))
