"""What every language has to say on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class PageLocale(NamedTuple):
    """One language. Texts in braces are format strings; `units` are those of days, hours, minutes and seconds.

    It is no dataclass, since one of so many fields takes ten milliseconds of a cold start to make.
    `headlines` and `leads` are by mood, `states` by state, `spans` by days, `kinds` of what is no transition by kind.
    """

    own_name: str
    units: tuple[str, str, str, str]
    listing: str
    clauses: str
    in_place: str
    full_stop: str
    comment: str
    by: str
    until: str
    skip: str
    navigation: str
    status: str
    history: str
    report: str
    theme: str
    swept: str
    never_swept: str
    ago: str
    lost: str
    clock: str
    probed_from: str
    server: str
    servers: str
    fleet: str
    nowhere: str
    and_more: str
    a_target: str
    target: str
    labels: str
    all_of: str
    part_of: str
    some_of: str
    all_targets: str
    some_targets: str
    named: str
    unreachable: str
    unhealthy: str
    cause_of: str
    then: str
    suspect_path: str
    headline: str
    headline_clearing: str
    headline_blind: str
    headline_cut_off: str
    headline_all: str
    headline_many: str
    lead_many: str
    suspect_prober: str
    some_more: str
    headlines: Mapping[str, str]
    leads: Mapping[str, str]
    lead: str
    lead_suspect: str
    well_since: str
    also: str
    also_listing: str
    also_failing: str
    also_clearing: str
    also_more: str
    trend: str
    down: str
    recovering: str
    unseen: str
    alarms: str
    plus_inhibited: str
    untaken: str
    curve: str
    curve_label: str
    current: str
    current_order: str
    more_alarms: str
    pending: str
    clearing: str
    first: str
    nothing_to_do: str
    members: str
    children: str
    since: str
    good_for: str
    lost_since: str
    no_change: str
    told: str
    told_once: str
    not_told: str
    next_notice: str
    stage: str
    next_stage: str
    silenced_until: str
    nobody: str
    has_it: str
    had_it: str
    somebody: str
    take: str
    by_place: str
    all_servers: str
    place_order: str
    now: str
    answer: str
    silenced: str
    troubled: str
    more_servers: str
    other_places: str
    spans: Mapping[int, str]
    times: str
    unseen_share: str
    exactly: str
    strip_label: str
    states: Mapping[str, str]
    down_today: str
    legend_good: str
    legend_down: str
    legend_recovering: str
    legend_unseen: str
    legend_availability: str
    ended: str
    ended_sum: str
    no_outages: str
    more_outages: str
    began: str
    whom: str
    lasted: str
    cause: str
    suspected: str
    network: str
    host: str
    untold: str
    closed: str
    monitoring: str
    monitoring_well: str
    monitoring_ill: str
    last_sweep: str
    sweeps: str
    watched: str
    of_span: str
    lag: str
    no_lag: str
    dead_letters: str
    robot: str
    robot_works: str
    robot_fails: str
    robot_new: str
    drill: str
    drill_confirmed: str
    drill_unconfirmed: str
    cut_off: str
    unseen_long: str
    unreadable: str
    not_read: str
    silence: str
    fleet_file: str
    inventory: str
    inventory_incomplete: str
    availability: str
    outages_of: str
    chart: str
    chart_legend: str
    happened: str
    nothing_happened: str
    none: str
    rules: str
    commands: str
    since_when: str
    last_days: str
    what: str
    everything: str
    rule: str
    untold_too: str
    show: str
    rows: str
    rows_cut: str
    when: str
    why: str
    report_title: str
    report_sum: str
    report_availability: str
    down_time: str
    report_none: str
    report_unlisted: str
    so_far: str
    place: str
    servers_head: str
    outages_head: str
    lasted_all: str
    longest: str
    by_cause: str
    all_outages: str
    no_cause: str
    for_time: str
    after_time: str
    is_silenced: str
    is_inhibited: str
    at_stage: str
    kinds: Mapping[str, str]
