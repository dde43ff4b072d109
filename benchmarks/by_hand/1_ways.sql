-- Ways to read a value, shared by what follows. The variables: `raw` and `seeds` are folders, `key` is the warehouse's own
-- (so that who is unknown bears the same id), `as_of` the instant of its build.

create macro documents_of(name) as table
    select message_id, publish_time at time zone 'UTC' as published_at, attributes, data
    from read_parquet(getvariable('raw') || '/landed/' || name || '/*/*/*.parquet', hive_partitioning = false);

-- DuckDB's parser takes trailing commas, NaN and Infinity, which are no JSON. Elsewhere such messages lack something else too.
create macro is_strict(data) as not regexp_matches(data, '[,:][ \t\r\n]*(?:[}\]]|-?(?:NaN|nan|[iI]nf))');

create macro utc(text) as
    try_cast(regexp_replace(text, '^(.{13}:[0-9]{2})([Z+-].*)?$', '\1:00\2') as timestamptz) at time zone 'UTC';
create macro local_day(utc_time) as cast(utc_time at time zone 'UTC' at time zone 'America/Sao_Paulo' as date);
create macro beginning() as timestamp '1900-01-01';
create macro minutes(since, until) as (epoch_us(until) - epoch_us(since)) * 0.000001 / 60;

create macro amount(value) as try_cast(value as decimal(18, 9));
create macro cents(value) as coalesce(amount(value), 0) * 0.01;
create macro units(value) as coalesce(try_cast(value as decimal(15, 9)), 0);
create macro total(totals, wanted) as coalesce(list_sum([amount(t.value) for t in totals if t.id = wanted]), 0) * 0.01;

-- A key says how long each of its parts is, so that no two lists of parts make one key.
create macro part(value) as coalesce(length(value::varchar) || ':' || value, '-');
create macro moment(utc_time) as part(epoch_us(utc_time));

create macro secret(value) as md5(getvariable('key') || value);
create macro digits(value) as regexp_replace(value, '[^0-9]', '', 'g');
create macro check_digit(document, weights) as
    10 * list_sum([document[i]::int * weights[i] for i in range(1, len(weights) + 1)]) % 11 % 10;
create macro is_number_of_somebody(document) as case
    when length(document) not between 6 and 20 or replace(document, document[1], '') = '' then false
    when length(document) = 11
        then
            check_digit(document, [10, 9, 8, 7, 6, 5, 4, 3, 2]) = document[10]::int
            and check_digit(document, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) = document[11]::int
    when length(document) = 14
        then
            check_digit(document, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) = document[13]::int
            and check_digit(document, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) = document[14]::int
    else true
end;
create macro document_hash(document) as
    case when is_number_of_somebody(digits(document)) then secret(sha256(digits(document))) end;
create macro till_hash(hash) as
    case
        when
            regexp_matches(lower(trim(hash)), '^[0-9a-f]{32,64}$')
            and lower(trim(hash)) not in (
                sha256(''), sha256('00000000000'), sha256('11111111111'), sha256('22222222222'), sha256('33333333333'),
                sha256('44444444444'), sha256('55555555555'), sha256('66666666666'), sha256('77777777777'),
                sha256('88888888888'), sha256('99999999999')
            )
            then secret(lower(trim(hash)))
    end;
create macro email_hash(email) as
    secret(nullif(
        regexp_replace(
            regexp_replace(lower(trim(email)), '^([^+@]+)[+][^@]*@', '\1@'),
            '^(?:(?:(?:nao|não|sem|no|n)[._-]?(?:tem|tenho|possui|informado|informou|mail|e-?mail|reply)+|teste?|e?mail|x+)@.*|[^@]*|[^@]*@)$',
            ''
        ), ''
    ));
create macro phone_hash(phone) as
    secret(nullif(
        case
            when regexp_matches(phone, '^ *[+] *(?:[1-46-9]|5[0-46-9])')
                then regexp_replace('+' || digits(phone), '^[+](?:[0-9]{0,7}|[0-9]{16,})$', '')
            else
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            digits(phone),
                            '^(?:00?)?(?:55)?(?:0(?:[1-9][0-9])?)?([1-9][1-9](?:9[0-9]{8}|[2-9][0-9]{7}))$', '+55\1'
                        ), '^([+]55..)([6-9][0-9]{7})$', '\19\2'
                    ),
                    '^(?:[^+].*|[+]55..9?(?:12345678|87654321|0{8}|1{8}|2{8}|3{8}|4{8}|5{8}|6{8}|7{8}|8{8}|9{8}))$', ''
                )
        end, ''
    ));
create macro is_of_nobody(text) as
    not regexp_matches(
        text,
        '@|%40|(?:^|[^0-9])[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3}[- ]?[0-9]{2}(?:[^0-9]|$)'
        || '|(?:^|[^0-9])[0-9]{2}[.][0-9]{3}[.][0-9]{3}/[0-9]{4}-[0-9]{2}(?:[^0-9]|$)|[(]0?[1-9][1-9][)]|[+]55'
        || '|(?:^|[^0-9])[1-9]{2} [2-9][0-9]{3,4}[- ]?[0-9]{4}(?:[^0-9]|$)|(?:^|[^0-9])9[0-9]{4}-[0-9]{4}(?:[^0-9]|$)'
        || '|(?:^|[^0-9])[0-9]{5}-[0-9]{3}(?:[^0-9]|$)'
    );

-- Of a table of (link, member): which members hang together, by the least of them. Once over all, then whatever that left apart.
create macro components(links) as table
    with met as (select member, min(member) over (partition by link) as hub from query_table(links)),
    once as (select member, min(hub) as label from met group by member),
    bridges as (
        select distinct hubs.label as link, once.label as member
        from met inner join once using (member) inner join once as hubs on met.hub = hubs.member
        where hubs.label <> once.label
    ),
    both_ways as (select link, member from bridges union select member, link from bridges),
    reached as (
        with recursive reach as (
            select link as label, link as other from both_ways
            union
            select reach.label, both_ways.member
            from reach inner join both_ways on reach.other = both_ways.link
        )
        select label, min(other) as least from reach group by label
    )
    select once.member, coalesce(reached.least, once.label) as label
    from once left join reached using (label);
