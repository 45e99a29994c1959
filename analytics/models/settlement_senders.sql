-- what: whose money anybody settles at all
-- grain: one row per (settles)
-- reads: settlements_now
-- promise: of several tellers of one order the one whose money is settled comes first, on all days alike
-- refresh: global
select distinct settles from settlements_now
