"""Faults on purpose: what breaks, when, how often; put in front of the laptop cloud."""
