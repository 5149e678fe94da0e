"""The Pulumi provider `fleet`: certificates, credentials and services, told apart by looking."""
