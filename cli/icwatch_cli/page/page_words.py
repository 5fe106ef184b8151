"""What the overview says: the one sentence, and the lines about servers, outages and the monitoring. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from icwatch.model import Drill, Silence
from icwatch.text import one_line
from icwatch_cli.page.card_words import CardWords
from icwatch_cli.page.fleet import Place, Server
from icwatch_cli.page.monitoring import Monitoring
from icwatch_cli.page.now import State
from icwatch_cli.page.outages import Outage
from icwatch_cli.page.overview import Mood, Overview
from icwatch_cli.page.strips import Curve

MOST_BESIDE = 3
"""Alarms that are named beside the one that the sentence is about."""

TREND_MINUTES = 5

Fact = tuple[str, str, bool]
"""What is said about, what is said of it, and whether that is wrong."""


class PageWords(CardWords):
    """The words of a language for the whole page."""

    def page_title(self, page: Overview) -> str:
        """The title of the window: what matters first, since a tab shows little."""
        if page.mood in (Mood.BLIND, Mood.CUT_OFF):
            return f"? {self.texts.status} · icwatch"
        down = f"● {page.counts.down}/{page.counts.targets} " if page.counts.down else ""
        return f"{down}{self.texts.status} · icwatch"

    def exactly(self, found: Place | Server, days: int) -> str:
        """The seconds behind an availability, where the span is known."""
        seconds = next((span.seconds for span in found.spans if span.days == days), None)
        return self.texts.exactly.format(down=seconds.bad, unseen=seconds.unseen) if seconds else ""

    def headline(self, page: Overview) -> str:
        """What, and since when."""
        texts, card, swept_at = self.texts, page.main, page.monitoring.swept_at
        if page.scattered:
            began_at = min(each.began_at for each in page.scattered)
            counts = {"down": f"{page.counts.down:,}", "servers": self.servers(page.counts.targets)}
            text = texts.headline_all if page.all_down else texts.headline_many
            return text.format(**counts, lasted=self.lasted(page.at - began_at))
        if card is not None:
            text = texts.headline_clearing if card.clearing else texts.headline
            return text.format(title=self.title(card), who=self.who(card), lasted=self.lasted(page.at - card.began_at))
        if page.mood is Mood.BLIND:
            return texts.headline_blind.format(lasted=self.lasted(page.at - (swept_at or page.at)))
        if page.mood is Mood.CUT_OFF:
            return texts.headline_cut_off.format(
                lasted=self.lasted(page.at - (page.monitoring.cut_off_since or page.at))
            )
        count = page.counts.unseen if page.mood is Mood.UNSEEN else page.counts.down
        whole = page.counts.targets if page.mood is Mood.GOOD else count
        return texts.headlines[page.mood].format(servers=self.servers(whole), of=page.counts.targets)

    def lead(self, page: Overview) -> str:
        """Why, and what to suspect."""
        card, texts = page.main, self.texts
        if page.scattered:
            places = [self.place(name) for name in dict.fromkeys(each.place for each in page.scattered)]
            return texts.lead_many.format(places=self.some(places)) + (texts.suspect_prober if page.all_down else "")
        if card is not None:
            suspect = self.suspect(card)
            if card.clearing:
                return texts.good_for.format(held=self.lasted(card.held), of=self.lasted(card.clears_after))
            return texts.lead.format(why=self.why(card)) + (
                texts.lead_suspect.format(suspect=suspect) if suspect else ""
            )
        if page.mood is Mood.GOOD and page.well_since is not None:
            return texts.well_since.format(lasted=self.lasted(page.at - page.well_since))
        return texts.leads.get(page.mood, "").format(option=page.option)

    def beside(self, page: Overview) -> str:
        """What else stands."""
        others = [card for card in page.cards[1:] if card.announced] if page.main and not page.scattered else []
        if not others:
            return ""
        more = len(others) - MOST_BESIDE
        named = self.texts.also_listing.join(map(self.brief, others[:MOST_BESIDE]))
        also = self.texts.also.format(others=named)
        return also + (self.texts.also_more.format(count=more) if more > 0 else self.texts.full_stop)

    def trend(self, curve: Curve) -> str:
        """`↓ 12 → 11 in 5 min`; nothing where nothing changed."""
        before, last = curve.before(TREND_MINUTES), curve.last
        if before is None or last is None or before == last:
            return ""
        arrow = "↓" if last < before else "↑"
        return self.texts.trend.format(arrow=arrow, before=before, last=last, minutes=TREND_MINUTES)

    def state(self, server: Server) -> str:
        """How a server is and why, and how long it was down within the day."""
        bad = server.spans[0].seconds.bad
        day = self.texts.down_today.format(lasted=self.lasted(bad)) if bad else ""
        if server.state is State.DOWN:
            return self.cause(server.failure) + (f" · {day}" if day else "")
        if server.state is State.UNSEEN:
            return f"{self.texts.states[State.UNSEEN]}{': ' + one_line(server.unseen, 80) if server.unseen else ''}"
        return self.texts.states[State.RECOVERING] if server.state is State.RECOVERING else day

    def ended(self, outages: Sequence[Outage]) -> str:
        """How many there were, how many by the network, and how long in all."""
        network, seconds = sum(each.network for each in outages), sum(each.seconds for each in outages)
        if not outages:
            return ""
        return self.texts.ended_sum.format(count=len(outages), network=network, lasted=self.lasted(seconds))

    def watched(self, page: Overview) -> str:
        """Which share of the time the fleet was watched, by span: `99.98 % of 24 h, 100 % of 30 d`."""
        shares = ((span.days, span.seconds.watched) for span in page.watched)
        known = [(days, share) for days, share in shares if share is not None]
        texts = self.texts
        return texts.listing.join(
            texts.of_span.format(share=self.percent(share), span=texts.spans[days]) for days, share in known
        )

    def monitoring(self, found: Monitoring, now: int) -> Iterator[Fact]:
        """How the monitoring itself is, fact by fact."""
        texts = self.texts
        ago = "–" if found.swept_at is None else texts.ago.format(age=self.lasted(now - found.swept_at))
        yield texts.last_sweep, ago, found.is_late
        yield texts.sweeps, f"{found.swept:,} / {found.due:,}", found.swept < 0.95 * found.due
        lag = (found.swept_at or 0) - (found.evaluated_at or 0)
        yield (
            texts.lag,
            texts.no_lag if lag <= found.every and found.evaluated_at else self.lasted(lag),
            found.is_behind,
        )
        dead = sum(found.dead_letters.values())
        named = texts.listing.join(f"{name} {count}" for name, count in found.dead_letters.items() if count)
        yield texts.dead_letters, named or "0", bool(dead)
        for robot in found.robots:
            yield self._robot(robot.name, robot.succeeded_at, robot.failed_at, robot.waiting, now)
        if found.drill is not None:
            yield texts.drill, self._drilled(found.drill, now), found.is_unconfirmed
        if found.cut_off_since is not None:
            yield texts.network, texts.cut_off.format(at=self.clock(found.cut_off_since, now)), True
        if found.known_problems:
            subjects = self.names([one_line(each.subject, 64) for each in found.known_problems])
            yield texts.unseen_long, subjects, True
        if found.unreadable:
            yield (
                texts.unreadable,
                self.names([f"{self.item(kind)} {one_line(name, 64)}" for kind, name in found.unreadable]),
                True,
            )
        for problem in found.problems[:3]:
            yield texts.not_read, one_line(problem), True
        for silence in found.silences[:5]:
            yield texts.silence, self.silenced(silence, now), False
        text = texts.inventory if found.complete else texts.inventory_incomplete
        counted = text.format(servers=self.servers(found.targets), version=found.version)
        yield texts.fleet_file, counted, not found.complete

    def silenced(self, silence: Silence, now: int) -> str:
        """What a silence covers, until when and what for."""
        labels = ", ".join(f"{name}={one_line(value, 40)}" for name, value in silence.labels.items())
        comment = self.texts.comment.format(text=one_line(silence.comment, 60)) if silence.comment else ""
        return f"{labels}{self.texts.until.format(at=self.clock(silence.ends_at, now))}{comment}"

    def _drilled(self, drill: Drill, now: int) -> str:
        text = self.texts.drill_unconfirmed if drill.confirmed_at is None else self.texts.drill_confirmed
        return text.format(at=self.clock(drill.starts_at, now), name=one_line(drill.confirmed_by, 40))

    def _robot(self, name: str, succeeded_at: int, failed_at: int, waiting: int, now: int) -> Fact:
        texts = self.texts
        if failed_at > succeeded_at:
            text = texts.robot_fails.format(at=self.clock(failed_at, now), waiting=waiting)
        elif succeeded_at:
            text = texts.robot_works.format(at=self.clock(succeeded_at, now))
        else:
            text = texts.robot_new
        return texts.robot.format(name=one_line(name, 40)), text, failed_at > succeeded_at
