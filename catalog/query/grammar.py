"""The part of Trino's grammar that the embedded engine answers, written down as Trino's own SqlBase.g4 has it.

The parser accepts much that Trino and Athena refuse, and drops some of what it reads. So a query is answered only if
its text also follows these rules, in which nothing is lenient. They may allow less than Trino, never more.

Notation: UPPER CASE is a keyword, 'x' a sign, <x> a kind of token, [x] may be left out, {x} may be repeated or left
out, and of x | y the first that matches is taken.
"""

from __future__ import annotations

# Trino's reserved words: none of them names a table, a column or a function without quotes.
_WORDS = (
    "ALTER AND AS AUTO BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_CATALOG CURRENT_DATE CURRENT_PATH "
    "CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE DISTINCT "
    "DROP ELSE END ESCAPE EXCEPT EXECUTE EXISTS EXTRACT FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER INSERT "
    "INTERSECT INTO IS JOIN JSON_ARRAY JSON_EXISTS JSON_OBJECT JSON_QUERY JSON_TABLE JSON_VALUE LEFT LIKE LISTAGG "
    "LOCALTIME LOCALTIMESTAMP NATURAL NORMALIZE NOT NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT ROLLUP SELECT "
    "SKIP TABLE THEN TRIM TRUE UESCAPE UNION UNNEST USING VALUES WHEN WHERE WITH"
)
RESERVED = frozenset(_WORDS.split())
# Words that begin the next clause: Trino lets them be names, and looks ahead to tell; here they name nothing after a
# table or a column unless AS stands before them.
_CLAUSES = frozenset({"LIMIT", "OFFSET", "FETCH", "WINDOW", "TABLESAMPLE", "MATCH_RECOGNIZE", "FILTER", "OVER"})
# Names that are keywords to the parser, and that it is known to read as names where a name stands.
NAMES = frozenset(
    {"COMMENT", "DATE", "FILE", "FIRST", "INDEX", "NUMBER", "PARTITION", "REPLACE", "TEXT", "TIME", "TIMESTAMP"}
)
NO_ALIAS = RESERVED | _CLAUSES

GRAMMAR = """
statement: query [';'] <end>

query: [WITH named {',' named}] body
named: name [names] AS '(' query ')'
names: '(' name {',' name} ')'
body: term {(UNION | INTERSECT | EXCEPT) [DISTINCT | ALL] term} [ORDER BY sorted {',' sorted}] [offset] [limit]
offset: OFFSET count [ROW | ROWS]
limit: LIMIT (ALL | count) | FETCH (FIRST | NEXT) [count] (ROW | ROWS) (ONLY | WITH TIES)
count: <integer> | '?'
term: select | TABLE path | VALUES value_row {',' value_row} | '(' body ')'
value_row: condition
select: SELECT [DISTINCT | ALL] item {',' item} [FROM relation {',' relation}] [WHERE condition] [grouped] \
[HAVING condition] [WINDOW window {',' window}]
item: '*' | path '.' '*' | condition [AS name | alias]
grouped: GROUP BY group {',' group}
group: (ROLLUP | CUBE) '(' [set {',' set}] ')' | GROUPING SETS '(' set {',' set} ')' | set
set: '(' condition {',' condition} ')' | '(' ')' | condition
window: name AS '(' windowed ')'
windowed: [PARTITION BY condition {',' condition}] [ORDER BY sorted {',' sorted}] [frame]
frame: (ROWS | RANGE | GROUPS) (BETWEEN bound AND bound | bound)
bound: UNBOUNDED (PRECEDING | FOLLOWING) | CURRENT ROW | <integer> (PRECEDING | FOLLOWING)
sorted: condition [ASC | DESC] [NULLS (FIRST | LAST)]

relation: source {CROSS JOIN source | [INNER | (LEFT | RIGHT | FULL) [OUTER]] JOIN source join_condition}
join_condition: ON condition | USING names
source: primary_source [(AS name | alias) [names]]
primary_source: '(' query ')' | '(' relation ')' | path [FOR (TIMESTAMP | VERSION) AS OF value]

condition: negated {(AND | OR) negated}
negated: {NOT} value [predicate]
predicate: ('=' | '<>' | '!=' | '<=' | '>=' | '<' | '>') ((ANY | SOME | ALL) '(' query ')' | value) \
| IS [NOT] NULL | IS [NOT] DISTINCT FROM value | [NOT] BETWEEN value AND value \
| [NOT] IN '(' query ')' | [NOT] IN '(' condition {',' condition} ')' | [NOT] LIKE value [ESCAPE value]
value: operand {('||' | '+' | '-' | '*' | '/' | '%') operand}
operand: {'+' | '-'} primary {AT TIME ZONE <string> | '[' value ']'}
primary: <number> | <string> | '?' | NULL | TRUE | FALSE | EXISTS '(' query ')' | '(' query ')' \
| '(' condition {',' condition} ')' | (DATE | TIMESTAMP) <string> | INTERVAL <string> unit | case \
| (CAST | TRY_CAST) '(' condition AS type ')' | EXTRACT '(' field FROM value ')' | CURRENT_DATE | CURRENT_TIMESTAMP \
| special [filter] [over] | call | path
case: CASE [condition] WHEN condition THEN condition {WHEN condition THEN condition} [ELSE condition] END
unit: YEAR | MONTH | DAY | HOUR | MINUTE | SECOND
field: YEAR | QUARTER | MONTH | WEEK | DAY | DAY_OF_MONTH | DAY_OF_WEEK | DOW | DAY_OF_YEAR | DOY | HOUR | MINUTE \
| SECOND
special: COUNT '(' '*' ')' | SUBSTRING '(' value FROM value [FOR value] ')' | POSITION '(' value IN value ')' \
| TRIM '(' [[LEADING | TRAILING | BOTH] [value] FROM] value ')'
call: name '(' [[DISTINCT | ALL] condition {',' condition}] ')' [filter] [[(IGNORE | RESPECT) NULLS] over]
filter: FILTER '(' WHERE condition ')'
over: OVER (name | '(' windowed ')')
type: TIMESTAMP ['(' <integer> ')'] [(WITH | WITHOUT) TIME ZONE] | TIME ['(' <integer> ')'] [WITH TIME ZONE] \
| DOUBLE PRECISION | (DECIMAL | DEC | NUMERIC) ['(' <integer> [',' <integer>] ')'] \
| (VARCHAR | CHAR) ['(' <integer> ')'] | BOOLEAN | TINYINT | SMALLINT | INTEGER | INT | BIGINT | REAL | DOUBLE | DATE \
| VARBINARY | JSON | UUID | IPADDRESS

path: name {'.' name}
name: <name>
alias: <alias>
"""
