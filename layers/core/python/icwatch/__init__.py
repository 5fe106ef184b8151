"""icwatch: the alarm `ic_server_connect_failed` of OCP as a set of functions.

The modules lie in layers, and imports go down only:

    functions/*/app.py                                    the handlers
    sweep, probe, transport, store, publish, settings     adapters: network, tables, topic, clock
    config, plan, evaluation, alarm, notice, cause, ...   pure decisions
    model
    errors
"""

__version__ = "0.1.0"
