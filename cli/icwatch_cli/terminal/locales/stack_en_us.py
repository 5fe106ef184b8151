"""English, of what a stack keeps."""

from __future__ import annotations

from icwatch_cli.terminal.locales.stack_shape import RebuildWords, RedriveWords, StackWords

LABELS = (
    *("stays", "has a receipt", "would publish", "published", "receipts", "goes back", "would go back"),
    *("took effect", "not evaluated", "not known", "set aside"),
)

WORDS = StackWords(
    redrive=RedriveWords(
        labels={label: label for label in LABELS},
        about={what: what for what in ("notices", "sweeps", "robots")},
        read="{count} messages about {what} read",
        done="{number} of {total} decisions, {published} notices published",
        nothing="nothing to redrive: {stack} gave up no notice and no sweep",
        sums="{published} published, {had} had a receipt, {failed} cannot be published",
        sums_dry="{published} would be published, {had} had a receipt, {failed} cannot be published",
        left="left in the queues: {left}",
        left_about="{count} about {what}",
        elsewhere="{count} about {what}, which another redrive holds for up to {minutes} minutes",
        named="{name}: {reason}",
        message="message {id}",
        decision="the decision of {shard} at {at}",
        sweeps=("{count} sweep", "{count} sweeps"),
        arrived="{sweeps} that arrived from {starts} to {ends}",
        moment="{sweeps} of {shards} at {at}",
        span="{sweeps} of {shards} from {starts} to {ends}",
        given_up="{what} ({condition})",
        record="the record {number}",
        explained={
            "not known": "Not known: nothing was decided at that moment, and newer sweeps of the shard were evaluated "
            "since, or it cannot be looked up any more.",
            "unseen": "A sweep that was not evaluated counts as unseen, which neither raises nor clears anything.",
            "replay": "The evaluator's log says why. What your rules would have decided over them:",
            "discard": "--discard-sweeps deletes the messages about sweeps.",
        },
        robot_notices=("{count} notice of robot {robot}", "{count} notices of robot {robot}"),
        robot_look="a look at robot {robot}",
        notice="notice {id}",
    ),
    rebuild=RebuildWords(
        hours=("{count} hour", "{count} hours"),
        days=("{count} day", "{count} days"),
        sums="{hours} and {days} of {shards}: {written_hours} and {written_days} written",
        left="left as it is, because its sweeps expire: {hours}",
    ),
    left_out="left out: {error}",
    exported="{count} sweeps written, now {shard}",
)
