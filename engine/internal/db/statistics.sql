-- What SQLite is told of its indices, in the place where ANALYZE would write
-- what it counted: that tables are large, that one app and one tenant have
-- nearly all rows, and that what comes after them in an index tells rows
-- apart. Without it SQLite takes an app for ten rows, and reads all of them
-- where an index would lead to one. What ANALYZE has counted stays, and an
-- operator who runs it replaces the rest.
WITH columns AS (
    SELECT m.name AS tbl, l.name AS idx, l."unique" AS is_unique, i.seqno AS n,
        i.seqno = MAX(i.seqno) OVER (PARTITION BY l.name) AS is_last,
        SUM(i.name IS NULL OR i.name NOT IN ('app_id', 'tenant_id', 'recipe_id', 'kind')) OVER (PARTITION BY l.name ORDER BY i.seqno) AS narrow
    FROM sqlite_schema m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'
    ORDER BY l.name, i.seqno
)
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT tbl, idx, '1000000 ' || group_concat(CASE WHEN is_unique AND is_last THEN 1 WHEN narrow = 0 THEN 1000000 WHEN narrow = 1 THEN 10 ELSE 2 END, ' ') || ' noskipscan'
FROM columns WHERE idx NOT IN (SELECT idx FROM sqlite_stat1 WHERE idx IS NOT NULL) GROUP BY tbl, idx
