"""Three PostgreSQL under Patroni and etcd, two front ends: `make ha`."""
