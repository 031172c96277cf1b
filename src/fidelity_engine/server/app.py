"""The doors of the service, with their OpenAPI description. Every answer is JSON, but for the report."""

from __future__ import annotations

import hmac
from datetime import date
from difflib import get_close_matches
from importlib.metadata import version
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.middleware.trustedhost import TrustedHostMiddleware

from fidelity_engine.builtin.reports.records import as_json, finding_record
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.finding import Finding
from fidelity_engine.result import Result
from fidelity_engine.server import answers
from fidelity_engine.server.house import House
from fidelity_engine.server.refusing import Bounded, misfit

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
MOST_CELLS = 10_000
Id = Annotated[str, Query(max_length=300)]
Limit = Annotated[int, Query(ge=1, le=MOST_CELLS)]
Offset = Annotated[int, Query(ge=0, le=10**12)]
Verdict = Literal["met", "missed", "open", "at_risk", "no_data", "not_applicable", "error"]
State = Literal["open", "resolved", "withdrawn", "paused", "held", "expired"]
Severity = Literal["low", "medium", "high", "critical"]
_LOST: dict[int | str, dict[str, Any]] = {404: {"model": answers.Mistake, "description": "There is no such thing."}}
_DENIED: dict[int | str, dict[str, Any]] = {
    401: {"model": answers.Mistake, "description": "The token is missing or another."},
    403: {"model": answers.Mistake, "description": "The service was started without a token: nothing can be decided here."},
    400: {"model": answers.Mistake, "description": "The decision cannot be written down as it is."},
    413: {"model": answers.Mistake, "description": "The body is too large."},
}


def app_of(house: House, token: str | None = None, hosts: tuple[str, ...] = LOOPBACK) -> FastAPI:
    """The service as an ASGI application. Its answers come from `house`.

    Without `token` nothing can be decided.
    `hosts`: the names under which the service may be asked.
    """
    app = FastAPI(title="fidelity-engine", version=version("fidelity-engine"), docs_url=None, redoc_url=None, dependencies=[Depends(_known_only)],
                  description="What did not happen, of whom it was expected, and what cannot be judged. Read-only, but for /decisions.")
    app.add_middleware(Bounded)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.add_exception_handler(FidelityError, _mistaken)
    app.add_exception_handler(RequestValidationError, misfit)
    for doors in (_state, _found, _reasons):
        app.include_router(doors(house))
    app.include_router(_deciding(house, token))
    app.include_router(_reporting(house))
    return app


def _known_only(request: Request) -> None:
    """Refuse what a door does not know: a misspelt filter would leave everything in."""
    known = [one.alias for one in request.scope["route"].dependant.query_params]
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known] if known else []
    if unknown:
        mends = [get_close_matches(name, known, 1) for name in unknown]
        said = [f"There is no filter `{name}`. " + (f"Did you mean `{near[0]}`?" if near else f"Known are {', '.join(known)}.")
                for name, near in zip(unknown, mends, strict=True)]
        raise RequestValidationError([{"type": "extra_forbidden", "loc": ("query", name), "msg": text} for name, text in zip(unknown, said, strict=True)])


async def _mistaken(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 400)


def _json(content: Any, status: int = 200) -> Response:
    """Without loss, as `--format json` writes it."""
    return Response(as_json(content), status, media_type="application/json")


def _head(result: Result) -> dict[str, Any]:
    return {"as_of": result.summary.as_of, "run_id": result.summary.run_id}


# --- questions --------------------------------------------------------------------------------------------------------


def _state(house: House) -> APIRouter:
    router = APIRouter(tags=["questions"])

    @router.get("/health", response_model=answers.Health)
    def health() -> Response:
        """Whether the newest evaluation is whole."""
        with house.result() as result:
            causes = [*([house.trouble] if house.trouble else []), *result.summary.unfinished]
            return _json({"ok": not causes, **_head(result), "causes": causes})

    @router.get("/rules", response_model=list[answers.OneRule])
    def rules() -> Response:
        """The rules that are evaluated."""
        names = answers.OneRule.model_fields
        return _json([{name: getattr(rule, name) for name in names} for rule in house.engine.ruleset.rules if rule.mode != "off"])

    return router


def _found(house: House) -> APIRouter:
    router = APIRouter(tags=["questions"])

    @router.get("/findings", response_model=answers.Findings)
    def findings(
        state: State | None = None, severity: Severity | None = None, rule: Id | None = None, school: Id | None = None,
        subject: Id | None = None, limit: Limit = 1000, offset: Offset = 0,
    ) -> Response:
        """Findings, the most urgent first."""
        wanted = {"state": state, "severity": severity, "rule": rule, "school": school, "subject": subject}
        with house.result() as result:
            found = [one for one in result.findings if all(value is None or getattr(one, key) == value for key, value in wanted.items())]
            return _json({**_head(result), "count": len(found), "findings": [finding_record(one) for one in found[offset : offset + limit]]})

    @router.get("/findings/{finding_id}", response_model=answers.OneFinding, responses=_LOST)
    def finding(finding_id: Annotated[str, Path(max_length=100)]) -> Response:
        """One finding."""
        with house.result() as result:
            return _json(finding_record(_finding(result, finding_id)))

    @router.get("/verdicts", response_model=answers.Verdicts)
    def verdicts(
        rule: Id | None = None, subject: Id | None = None, school: Id | None = None, verdict: Verdict | None = None,
        since: date | None = None, until: date | None = None, limit: Limit = 1000, offset: Offset = 0,
    ) -> Response:
        """Cells; `since` and `until` bound the first day of their windows."""
        with house.result() as result:
            count, rows = result.verdicts.search(
                limit, offset, rule=rule, subject=subject, school=school, verdict=verdict, since=since, until=until)
            return _json({**_head(result), "count": count, "verdicts": rows})

    return router


def _reasons(house: House) -> APIRouter:
    router = APIRouter(tags=["questions"])

    @router.get("/explain", response_model=answers.Explanation, responses=_LOST)
    def explain_cell(rule: Id, subject: Id, day: date) -> Response:
        """Why the cell of a rule and subject, in whose window the day lies, is what it is. Never with ids of people."""
        from fidelity_engine.views import explain

        with house.result() as result:
            scope = result.scope
            if scope is None:
                raise HTTPException(404, "There is nothing to explain outside the period.")
            known = {one.id: one for one in scope.ruleset.rules if one.mode != "off"}
            if rule not in known:
                raise HTTPException(404, f"There is no rule `{rule}`.")
            return _json({"text": "".join(explain.explain_cell(scope, known[rule], subject, day))})

    @router.get("/findings/{finding_id}/explain", response_model=answers.Explanation, responses=_LOST)
    def explain_finding(finding_id: Annotated[str, Path(max_length=100)]) -> Response:
        """Why a finding is there. Never with ids of people."""
        from fidelity_engine.views import explain

        with house.result() as result:
            found = _finding(result, finding_id)
            assert result.scope is not None
            return _json({"text": "".join(explain.explain_finding(result.scope, found))})

    return router


def _finding(result: Result, finding_id: str) -> Finding:
    for one in result.findings:
        if one.finding_id == finding_id:
            return one
    raise HTTPException(404, f"There is no finding `{finding_id}`.")


# --- the report -------------------------------------------------------------------------------------------------------


def _reporting(house: House) -> APIRouter:
    router = APIRouter(tags=["report"])

    @router.get("/report", response_class=Response, responses={200: {"content": {"text/html": {}}}, **_LOST})
    def page(school: Id | None = None) -> Response:
        """The page people look at: of the district, or of one school."""
        from fidelity_engine.views.report import district_page, school_page

        with house.result() as result:
            try:
                page = district_page(result) if school is None else school_page(result, school)
            except FidelityError as error:
                raise HTTPException(404, error.message) from None
            return Response(page, headers={"Content-Type": "text/html; charset=utf-8"})

    return router


# --- the one door in --------------------------------------------------------------------------------------------------

_BEARER = HTTPBearer(auto_error=False, description="The token with which the service was started.")


def _deciding(house: House, token: str | None) -> APIRouter:
    router = APIRouter(tags=["decisions"])

    @router.post("/decisions", status_code=201, response_model=answers.Said, responses=_DENIED)
    def decision(said: answers.Said, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)] = None) -> Response:
        """Write a decision down in the decisions file. It counts from the next evaluation on."""
        if not token:
            raise HTTPException(403, "The service was started without a token: nothing can be decided here.")
        if given is None or not hmac.compare_digest(given.credentials.encode(), token.encode()):
            raise HTTPException(401, "The token is missing or another.", {"WWW-Authenticate": "Bearer"})
        house.decide(said.about, said.action, said.who, said.value, said.note)
        return _json(said.model_dump(), 201)

    return router
