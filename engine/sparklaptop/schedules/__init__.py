"""EventBridge Scheduler of the laptop cloud: schedules that fire, by a clock that can be moved."""
