"""The whole system on one machine: the embedded engines and the services as child processes of `gouji up`."""
