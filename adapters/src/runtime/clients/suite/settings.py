"""Settings of trace and log, which a client reads, changes and puts back."""

from checks import each_client
from clients import asked


@each_client
def trace_settings_are_told_changed_and_put_back(client):
    steps = [asked(client.read, "get_trace_settings"), asked(client.read, "update_trace_settings"), asked(client.read, "get_trace_settings", "simple")]
    changes = {"trace_level": ["TIMESTAMPS", "TENSORS"], "trace_rate": "5", "trace_count": "3", "log_frequency": "7"}
    steps.append(asked(client.read, "update_trace_settings", "simple", changes))
    steps.append(asked(client.read, "update_trace_settings", settings={"trace_rate": "9", "log_frequency": "2"}))
    steps.append(asked(client.read, "get_trace_settings", "simple"))
    steps.append(asked(client.read, "get_trace_settings", "flat"))
    steps.append(asked(client.read, "update_trace_settings", "simple", {name: None for name in changes}))
    steps.append(asked(client.read, "update_trace_settings", settings={"trace_rate": None, "log_frequency": None}))
    return steps


@each_client
def trace_settings_that_cannot_be_are_refused(client):
    bad = (("nope", {"trace_rate": "5"}), ("simple", {"trace_rate": "x"}), ("simple", {"trace_level": "NOPE"}), ("simple", {"nope": "1"}), ("simple", {"trace_file": "/tmp/x"}), ("simple", {"trace_mode": "opentelemetry"}))
    return [asked(client.read, "get_trace_settings", "nope"), *(asked(client.read, "update_trace_settings", *one) for one in bad)]


@each_client
def log_settings_are_told_changed_and_put_back(client):
    steps = [asked(client.read, "get_log_settings")]
    for change in ({"log_verbose_level": 1, "log_format": "ISO8601"}, {"log_info": False, "log_warning": False}, {"log_error": True}):
        steps.append(asked(client.read, "update_log_settings", change))
    steps.append(asked(client.read, "update_log_settings", {"log_verbose_level": 0, "log_format": "default", "log_info": True, "log_warning": True}))
    return steps


@each_client
def log_settings_that_cannot_be_are_refused(client):
    bad = ({"log_file": "/tmp/x"}, {"log_format": "nope"}, {"log_info": 5}, {"log_verbose_level": True}, {"nope": 1})
    return [asked(client.read, "update_log_settings", one) for one in bad] + [asked(client.read, "get_log_settings")]
