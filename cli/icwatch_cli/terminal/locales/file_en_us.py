"""English, of files."""

from __future__ import annotations

from icwatch_cli.terminal.locales.file_shape import CheckWords, FileWords, ProbeWords, TestWords

WORDS = FileWords(
    check=CheckWords(
        good="{file}: good",
        warnings=(", {count} warning", ", {count} warnings"),
        size="{targets} in {shards}, every {every}",
        targets=("{count} target", "{count} targets"),
        shards=("{count} shard", "{count} shards"),
        labels="labels: {labels}",
        label="{name} on {count}",
        routed="routed by {names}",
        merged="merged where more than {count} come at once",
        notices="notices: {how}",
        probe="probe: {how}",
        asked="{path}{port} within {timeout}s{attempts}, healthy on {statuses}{body}{pattern}",
        port=" on port {port}",
        attempts=" in up to {count} attempts",
        body=" holding {text!r}",
        pattern=" matching {text!r}",
        ocp="{rule} as in OCP {version}",
        ocp_lacks="; its texts name no OCP node: {label} is no label of {without} of {all}",
        rule="rule {name}{state}{groups}: {levels}, {raised}, cycle {cycle}, clear cycle {clear_cycle}, "
        "resend interval {pauses}{stages}",
        disabled=" (disabled)",
        grouped=" by {names}",
        whole_fleet="the whole fleet",
        duration="duration {duration}",
        breaches="{least} of {of} breaches",
        unattended=", unattended after {stages}",
        robot="robot {name}: {how}",
        only="only {filters}",
        no_repeats="no repeats",
        in_hours="in hours",
        rarely="decided at every sweep, {every}, since nothing new is seen within the cycle: {rules}",
        cycle_of="{rule} ({cycle})",
        night="a server that is down for a night of 8 hours is {count} notices of {rule}; "
        "resend_interval: [1m, 5m, 15m, 1h] makes it 11",
    ),
    probe=ProbeWords(
        healthy="{url}: healthy (HTTP {status} in {ms} ms)",
        unknown="{url}: unknown, this machine could not ask ({why})",
        unhealthy="{url}: not healthy after {ms} ms",
        why="{name}; {meaning} ({code}: {detail})",
        warning="warning: {text}",
    ),
    test=TestWords(
        passed="ok",
        failed="FAILED",
        sums="{passed} passed, {failed} failed",
        whats={what: what for what in ("not expected", "did not come", "cannot be done")},
        no_alarm="there is no alarm",
        state="the alarm is {phase} since {since}",
        unannounced="nothing before it was announced",
    ),
)
