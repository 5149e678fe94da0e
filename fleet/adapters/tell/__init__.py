"""The ways out for alarms: e-mail, webhook, and a program of the operator's."""
