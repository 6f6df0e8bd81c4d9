"""Evidence as HTML that prints well: a section a job, made piece by piece; for its page, and as a file of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from duplistat.core import formatting
from duplistat.core.alerts.evidence_facts import Head, JobFacts, Span, Tail
from duplistat.core.i18n import Say, later
from duplistat.core.schedule_text import describe_text
from duplistat.core.times import in_zone
from duplistat.core.visible import visible

# Lines of one kind that are printed of a job; the files have all of them.
MOST = 100
MOST_NAMED = 20
_QUIET = {
    "pause": later("Paused"),
    "maintenance": later("Maintenance"),
    "archive": later("Archived"),
    "silence": later("Silenced"),
    "away": later("duplistat was not running"),
}
_KINDS = {
    "failed": later("failed"),
    "missed": later("missed"),
    "warning": later("warning"),
    "overdue": later("overdue"),
    "stuck": later("stalled"),
    "restore": later("Restore"),
    "verification": later("Verification"),
    "good": later("recovered"),
    "steady": later("recovered"),
    "gone": later("job gone"),
}
_FIELDS = {
    "schedule": later("schedule"),
    "schedule_zone": later("time zone"),
    "grace_seconds": later("grace period"),
    "tags": later("tags"),
    "alias": later("display name"),
}
_ROW = Markup('<tr><th scope="row">{}</th><td>{}</td></tr>\n')
_TABLE = Markup(
    '<div class="wide" tabindex="0"><table class="lines">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n'
    "</table></div>\n"
)
_TH = Markup('<th scope="col">{}</th>')
_TD = Markup("<td>{}</td>")
_TR = Markup("<tr>{}</tr>\n")
_H3 = Markup("<h3>{}</h3>\n")
_FACTS = Markup('<table class="stated"><tbody>\n{}</tbody></table>\n')
_LINK = Markup('<a href="{}">{}</a>')
_TIME = Markup('<time datetime="{}" title="{}">{}</time>')
_SPAN = Markup("{} – {}")


@dataclass(frozen=True, slots=True)
class Writer:
    """Says it by the clock of `zone` in the language of `say`; `link` makes the address of a page of ours, or ""."""

    zone: ZoneInfo
    say: Say
    link: Callable[[str], str]

    def head(self, head: Head) -> Markup:
        """What evidence is of, and what is not about one job."""
        _ = self.say.gettext
        rows = [
            (_("Account"), visible(head["account"])),
            (_("From"), self._moment(head["begin"])),
            (_("To"), self._moment(head["end"])),
            (_("Jobs"), formatting.count(head["jobs"], self.say)),
            (_("Created"), self._moment(head["made_at"])),
            (_("Created by"), f"{head['generator']} {head['version']}"),
            (_("Servers without a backup job"), self._names(head["servers_without_jobs"])),
            (_("Jobs without an alert rule"), self._names(head["jobs_nobody_hears_of"])),
            (_("duplistat was not running"), self._spans(head["away"])),
        ]
        note = _(
            "What reports do not state and nobody labelled is “not stated”. Off-site, encrypted and immutable are the"
            " tags offsite, encrypted and immutable of a job."
        )
        return _FACTS.format(self._rows(rows)) + Markup("<p>{}</p>\n").format(note)

    def job(self, facts: JobFacts) -> Markup:
        """The section of a job."""
        _ = self.say.gettext
        name = self._linked(visible(facts["name"]), f"/jobs/{facts['id']}")
        title = Markup(_("{job} on {server}")).format(job=name, server=visible(facts["server"]))  # noqa: S704  # ours
        parts = [
            Markup('<section class="job" id="job-{}">\n<h2>{}</h2>\n').format(facts["id"], title),
            self._counts(facts),
            _FACTS.format(self._rows(self._about(facts))),
            self._table(
                _("Gaps"),
                (_("From"), _("To"), _("Cause"), _("Failed"), _("Missed"), _("Reason"), _("Acknowledged")),
                [
                    (
                        self._moment(gap["begin"]),
                        self._moment(gap["end"]) if gap["end"] is not None else _("still open"),
                        self._linked(
                            self._word(_KINDS, gap["cause"]),
                            f"/runs/{gap['run']}" if gap["run"] is not None else "",
                        ),
                        str(gap["failed"]),
                        str(gap["missed"]),
                        visible(gap["message"]),
                        self._acked(gap["acknowledged_at"], gap["acknowledged_by"], gap["acknowledged_why"]),
                    )
                    for gap in facts["gaps"]
                ],
            ),
            self._table(
                _("Restores and verifications"),
                (_("Time"), _("What"), _("Result"), _("Duration"), _("Size"), _("Message")),
                [
                    (
                        self._moment(proof["at"]),
                        self._linked(self._word(_KINDS, proof["kind"]), f"/runs/{proof['run']}"),
                        _("successful") if proof["good"] else _("failed"),
                        self._length(proof["duration_ms"]),
                        formatting.size(proof["size"], self.say),
                        visible(proof["message"]),
                    )
                    for proof in facts["proofs"]
                ],
            ),
            self._table(
                _("Alerts"),
                (_("Opened"), _("Closed"), _("What"), _("Alerted"), _("Acknowledged")),
                [
                    (
                        self._moment(alarm["opened_at"]),
                        self._moment(alarm["closed_at"])
                        if alarm["closed_at"] is not None
                        else _("still open"),
                        self._word(_KINDS, alarm["kind"]),
                        Markup(", ").join(
                            Markup("{} {}").format(
                                visible(told["channel"]) or _("a channel of a parent account"),
                                self._moment(told["at"]),
                            )
                            for told in alarm["told"]
                        )
                        or _("nobody"),
                        self._acked(alarm["acknowledged_at"], alarm["acknowledged_by"], ""),
                    )
                    for alarm in facts["alarms"]
                ],
            ),
            self._table(
                _("Pauses, maintenance and silences"),
                (_("From"), _("To"), _("What"), _("Set by"), _("Reason")),
                [
                    (
                        self._moment(span["begin"]),
                        self._moment(span["end"]),
                        self._word(_QUIET, span["kind"]),
                        visible(span["by"]),
                        visible(span["why"]),
                    )
                    for span in (*facts["quiet"], *facts["silences"])
                ],
            ),
            self._table(
                _("Policy changes"),
                (_("Time"), _("Changed by"), _("What"), _("Before"), _("After")),
                [
                    (
                        self._moment(change["at"]),
                        visible(change["by"]),
                        self._word(_FIELDS, change["field"]),
                        visible(change["before"]),
                        visible(change["after"]),
                    )
                    for change in facts["policy_changes"]
                ],
            ),
            self._failed_runs(facts),
            Markup("</section>\n"),
        ]
        return Markup("").join(parts)

    def tail(self, tail: Tail) -> Markup:
        """What was counted."""
        _ = self.say.gettext
        rows = [
            (_("Jobs"), formatting.count(tail["jobs"], self.say)),
            (_("Backup runs"), formatting.count(tail["runs"], self.say)),
            (_("Missed runs"), formatting.count(tail["missed"], self.say)),
            (_("Restores and verifications"), formatting.count(tail["proofs"], self.say)),
            (_("Alerts"), formatting.count(tail["alarms"], self.say)),
            (_("Raw reports"), formatting.count(tail["deliveries"], self.say)),
            (_("SHA-256 over the hashes of all raw reports"), tail["deliveries_sha256"]),
        ]
        return (
            Markup("<section>\n<h2>{}</h2>\n").format(_("Counted"))
            + _FACTS.format(self._rows(rows))
            + Markup("</section>\n")
        )

    def _counts(self, facts: JobFacts) -> Markup:
        _, counts = self.say.gettext, facts["counts"]
        text = self.say.ngettext(
            "{ran} backup run: {good} successful, {warning} with warnings, {failed} failed.",
            "{ran} backup runs: {good} successful, {warning} with warnings, {failed} failed.",
            counts["ran"],
        ).format(
            ran=formatting.count(counts["ran"], self.say),
            good=formatting.count(counts["good"], self.say),
            warning=formatting.count(counts["warning"], self.say),
            failed=formatting.count(counts["failed"], self.say),
        )
        if counts["other"]:
            text += " " + _("{number} without a known result.").format(
                number=formatting.count(counts["other"], self.say)
            )
        if counts["expected"] is None:
            text += " " + _("No schedule is known: how many were expected is not stated.")
        else:
            text += " " + _("{expected} expected, {missed} missed, {late} late.").format(
                expected=formatting.count(counts["expected"], self.say),
                missed=formatting.count(counts["missed"], self.say),
                late=formatting.count(counts["late"], self.say),
            )
        return Markup('<p class="lead">{}</p>\n').format(text)

    def _about(self, facts: JobFacts) -> list[tuple[str, str]]:
        say, _, protects, policy = self.say, self.say.gettext, facts["protects"], facts["policy"]
        unstated = _("not stated")
        size = formatting.size(protects["size"], say) or unstated
        if (files := protects["files"]) is not None:
            text = say.ngettext("{number} file", "{number} files", files)
            size = f"{size}, {text.format(number=formatting.count(files, say))}"
        rows = [
            (_("Source size"), size),
            (_("Backup size"), formatting.size(protects["storage"], say) or unstated),
            (_("Destination"), visible(protects["destination"] or "") or unstated),
            *(
                (label, _("yes") if value else unstated)
                for label, value in (
                    (_("Off-site"), protects["offsite"]),
                    (_("Encrypted"), protects["encrypted"]),
                    (_("Immutable"), protects["immutable"]),
                )
            ),
            (_("Versions"), formatting.count(protects["versions"], self.say) or unstated),
            (
                _("Oldest version"),
                self._moment(protects["oldest_version_at"])
                if protects["oldest_version_at"] is not None
                else unstated,
            ),
            (
                _("Schedule"),
                f"{describe_text(policy['schedule'], say)}, {policy['zone']}"
                if policy["schedule"]
                else unstated,
            ),
            (_("Grace period"), self._length(policy["grace_ms"])),
            (_("Last successful backup, maximum age"), self._length(facts["max_age_ms"]) or unstated),
            (
                _("Last successful backup, 95th percentile of its age"),
                self._length(facts["p95_age_ms"]) or unstated,
            ),
            (_("Without any successful backup"), self._length(facts["without_copy_ms"])),
            (
                _("Time to recovery, average"),
                self._length(facts["repair_mean_ms"]) or _("nothing recovered"),
            ),
            (_("Time to recovery, longest"), self._length(facts["repair_max_ms"]) or _("nothing recovered")),
            (_("Backups that verified files"), formatting.count(facts["verified_in_backups"], self.say)),
            (_("Runs with a wrong clock"), formatting.count(facts["skewed_runs"], self.say)),
        ]
        if facts["tags"]:
            rows.append((_("Tags"), visible(", ".join(facts["tags"]))))
        return rows

    def _failed_runs(self, facts: JobFacts) -> Markup:
        """The runs that were not good, each with what was received of it; and the expected times without one."""
        _ = self.say.gettext
        lines: list[tuple[int, Sequence[str | Markup]]] = [
            (at, (self._moment(at), _("missed"), "", "")) for at in facts["missed_at"]
        ]
        for run in facts["runs"]:
            if run["outcome"] == "good":
                continue
            raw = Markup(", ").join(
                self._linked(str(delivery["id"]), f"/deliveries/{delivery['id']}")
                for delivery in run["deliveries"]
            )
            what = self._linked(run["status"], f"/runs/{run['id']}")
            lines.append((run["at"], (self._moment(run["at"]), what, self._length(run["duration_ms"]), raw)))
        heads = (_("Time"), _("Result"), _("Duration"), _("Raw reports"))
        return self._table(
            _("Runs that were not successful"), heads, [row for _at, row in sorted(lines, key=_first)]
        )

    def _table(self, title: str, heads: Sequence[str], rows: Sequence[Sequence[str | Markup]]) -> Markup:
        if not rows:
            return Markup("")
        body = Markup("").join(
            _TR.format(Markup("").join(_TD.format(cell) for cell in row)) for row in rows[:MOST]
        )
        made = _H3.format(title) + _TABLE.format(Markup("").join(_TH.format(head) for head in heads), body)
        if len(rows) > MOST:
            made += Markup("<p>{}</p>\n").format(formatting.more(len(rows) - MOST, self.say))
        return made

    def _rows(self, rows: Iterable[tuple[str, str]]) -> Markup:
        return Markup("").join(_ROW.format(*row) for row in rows)

    def _linked(self, text: str, path: str) -> Markup:
        address = self.link(path) if path else ""
        return _LINK.format(address, text) if address else Markup.escape(text)

    def _word(self, known: Mapping[str, str], name: str) -> str:
        text = known[name]
        return self.say.gettext(text)

    def _names(self, names: Sequence[str]) -> str:
        """The first names, and how many more there are: the files have all of them."""
        if not names:
            return self.say.gettext("none")
        listed = visible(", ".join(names[:MOST_NAMED]))
        if len(names) <= MOST_NAMED:
            return listed
        more = formatting.more(len(names) - MOST_NAMED, self.say)
        number = formatting.count(len(names), self.say)
        return formatting.labelled(number, f"{listed}, {more}", self.say)

    def _spans(self, spans: Sequence[Span]) -> Markup:
        if not spans:
            return Markup.escape(self.say.gettext("never"))
        told = (_SPAN.format(self._moment(span["begin"]), self._moment(span["end"])) for span in spans)
        return Markup(self.say.formats.semicolon).join(told)  # noqa: S704  # a sign

    def _acked(self, at: int | None, by: str, why: str) -> Markup:
        if at is None:
            return Markup("")
        return Markup(" ").join(filter(None, (self._moment(at), visible(by), visible(why))))

    def _moment(self, at: int) -> Markup:
        """2026-11-28 02:14 UTC+01:00."""
        moment = in_zone(at, self.zone)
        text = f"{moment:%Y-%m-%d %H:%M} {formatting.offset(moment)}"
        return _TIME.format(moment.isoformat(timespec="seconds"), formatting.exact(moment), text)

    def _length(self, ms: int | None) -> str:
        return "" if ms is None else formatting.duration(ms / 1000, self.say)


def _first(line: tuple[int, Sequence[str | Markup]]) -> int:
    return line[0]


def pieces(head: Head, records: Iterable[JobFacts], tail: Tail, writer: Writer) -> Iterator[Markup]:
    """The body, piece by piece; `tail` is read when the records have ended."""
    yield writer.head(head)
    for record in records:
        yield writer.job(record)
    yield writer.tail(tail)


STYLE = """
:root { color-scheme: light dark; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 24px auto; max-width: 1000px; padding: 0 16px; }
h1 { font-size: 22px; } h2 { font-size: 17px; margin: 24px 0 6px; } h3 { font-size: 14px; margin: 12px 0 4px; }
table { border-collapse: collapse; width: 100%; } .stated { width: auto; } .wide { overflow-x: auto; }
th, td { border-bottom: 1px solid #8886; padding: 2px 10px 2px 0; text-align: left; vertical-align: top; }
th { font-weight: 600; } .seal { font: 11px monospace; overflow-wrap: anywhere; }
@page { size: A4; margin: 15mm; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } a { color: inherit; text-decoration: none; }
  tr, h2, h3 { break-inside: avoid; } h2, h3 { break-after: avoid; } thead { display: table-header-group; } }
"""


def as_document(head: Head, records: Iterable[JobFacts], tail: Tail, writer: Writer) -> Iterator[str]:
    """A whole document without its end, which the seal brings; nothing in it is to be fetched."""
    title = writer.say.gettext("Evidence of backups")
    yield (
        f'<!DOCTYPE html>\n<html lang="{writer.say.code}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    )
    yield from map(str, pieces(head, records, tail, writer))
