"""What the pages of targets, of history and of a month say. Pure."""

from __future__ import annotations

from icwatch.model import ENDS, Cause, Failure, Kind, Rule
from icwatch.notices.names import unit_of
from icwatch.text import one_line
from icwatch_cli.page.happenings import Happening
from icwatch_cli.page.page_words import PageWords
from icwatch_cli.page.report import Report


class RowWords(PageWords):
    """The words of a language for every page."""

    def reason(self, failure: Failure | None) -> str:
        """Why a probe failed, what that means of the host, and what it said."""
        if failure is None:
            return ""
        detail = self.said(failure.detail)
        meaning = self.texts.lead_suspect.format(suspect=self.notices.causes[failure.cause][1])
        return self.texts.lead.format(why=self.cause(failure)) + meaning + (f" [{detail}]" if detail else "")

    def condition(self, rule: Rule) -> str:
        """When a rule raises: `== 0`, with the levels where there are several."""
        unit = unit_of(rule, self.notices)
        if len(rule.bounds) == 1:
            bound = rule.bounds[0]
            return f"{rule.comparator} {bound.threshold}{unit} · {self.level(bound.level)}"
        bounds = (f"{rule.comparator} {bound.threshold}{unit} {self.level(bound.level)}" for bound in rule.bounds)
        return self.texts.clauses.join(bounds)

    def event(self, row: Happening) -> str:
        """What a row says beside its kind: the cause, how long it lasted, who did it."""
        texts = self.texts
        if row.kind not in {*Kind}:
            note = row.note if row.by else self.said(row.note)
            by = row.by + (texts.comment.format(text=note) if note and row.by else note)
            return one_line(by, 200)
        parts = [self.cause(row.failure)] if row.failure else []
        if row.lasted:
            text = texts.after_time if row.kind in ENDS else texts.for_time
            parts.append(text.format(lasted=self.lasted(row.lasted)))
        if row.kind == Kind.UNATTENDED:
            parts.append(texts.at_stage.format(stage=row.stage))
        if row.level is not None and row.kind in (Kind.RAISED, Kind.ESCALATED, Kind.EASED):
            parts.insert(0, self.level(row.level))
        return texts.clauses.join(parts)

    def untold(self, row: Happening) -> str:
        """Why nobody was notified of a row, where nobody was."""
        if row.told or row.kind not in {*Kind}:
            return ""
        if row.silenced:
            return self.texts.is_silenced
        if row.inhibited_by:
            return self.texts.is_inhibited.format(key=one_line(self.group(row.inhibited_by.partition(":")[2]), 64))
        return self.texts.untold

    def report(self, report: Report, *, listed: bool = True) -> str:
        """A month in a sentence. Where its outages are not `listed`, nobody knows how many there were."""
        texts, time = self.texts, report.time
        said = texts.report_none if listed else texts.report_unlisted
        if report.outages:
            lasted = self.lasted(report.seconds)
            said = texts.report_sum.format(count=len(report.outages), network=report.network, lasted=lasted)
        return said + (texts.report_availability.format(share=self.percent(time.availability)) if time else "")

    def cause_name(self, cause: Cause | None) -> str:
        """What a cause is called."""
        return self.texts.no_cause if cause is None else self.notices.causes[cause][0]
