-- What bench/federated.py asks: shop is PostgreSQL (customers, orders), desk is SQLite (tickets, members), lake is Parquet (archive:
-- the orders of the years before). The same text for both engines. `any` = the rows may be any that fit, only their number is compared.

-- by key
SELECT id, name, city FROM shop.customers WHERE id = 4711;

-- IN list, few columns
SELECT id, name FROM shop.customers WHERE city IN ('Ulm', 'Jena') AND segment = 'gold';

-- LIKE
SELECT id, name FROM shop.customers WHERE email LIKE 'ada%';

-- dates, Parquet
SELECT customer_id, total FROM lake.archive WHERE placed BETWEEN DATE '2024-03-01' AND DATE '2024-03-07' AND status = 'returned';

-- count of all
SELECT count(*) AS n FROM shop.orders;

-- NULLs, SQLite
SELECT status, count(*) AS n, count(rating) AS rated FROM desk.tickets WHERE rating IS NULL OR priority = 1 GROUP BY status;

-- DISTINCT
SELECT DISTINCT city, segment FROM shop.customers;

-- GROUP BY
SELECT segment, count(*) AS n, min(created) AS first, max(created) AS last, sum(score) AS score FROM shop.customers GROUP BY segment;

-- month, sum of money
SELECT status, count(*) AS n, sum(total) AS spent FROM shop.orders
WHERE placed BETWEEN DATE '2026-03-01' AND DATE '2026-03-31' GROUP BY status;

-- top 20
SELECT id, customer_id, placed FROM shop.orders ORDER BY placed DESC, id LIMIT 20;

-- any 100
SELECT id, name, city FROM shop.customers WHERE segment = 'gold' LIMIT 100;

-- join inside a source
SELECT c.segment, count(*) AS n, sum(o.items) AS items FROM shop.customers c JOIN shop.orders o ON o.customer_id = c.id
WHERE c.city = 'Jena' GROUP BY c.segment;

-- small side SQLite, large PostgreSQL
SELECT m.level, count(*) AS n, min(c.created) AS first FROM desk.members m JOIN shop.customers c ON c.id = m.customer_id GROUP BY m.level;

-- filtered SQLite, orders of these
SELECT t.topic, count(*) AS n, sum(o.total) AS spent FROM desk.tickets t JOIN shop.orders o ON o.customer_id = t.customer_id
WHERE t.priority = 1 AND t.opened = '2026-05-04' GROUP BY t.topic;

-- large with large
SELECT c.segment, t.priority, count(*) AS n FROM desk.tickets t JOIN shop.customers c ON c.id = t.customer_id GROUP BY c.segment, t.priority;

-- semi join
SELECT id, name FROM shop.customers WHERE city = 'Ulm' AND id IN (SELECT customer_id FROM desk.tickets WHERE status = 'open');

-- anti join
SELECT count(*) AS n FROM shop.customers c WHERE c.city = 'Jena' AND c.segment = 'gold'
AND NOT EXISTS (SELECT 1 FROM lake.archive a WHERE a.customer_id = c.id);

-- three sources
SELECT m.level, c.segment, count(*) AS n, sum(a.total) AS spent FROM desk.members m JOIN shop.customers c ON c.id = m.customer_id
JOIN lake.archive a ON a.customer_id = c.id WHERE a.status = 'paid' GROUP BY m.level, c.segment;

-- all orders, two sources
SELECT status, count(*) AS n, sum(items) AS items
FROM (SELECT status, items FROM shop.orders UNION ALL SELECT status, items FROM lake.archive) o GROUP BY status;

-- all rows, a function of each
SELECT city, count(DISTINCT lower(substr(email, 1, 4))) AS starts, avg(length(name)) AS length FROM shop.customers GROUP BY city;
