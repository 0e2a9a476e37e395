-- Wording and small rules of the policy marts.

-- Whether an extraction may stand without a second look.
create or replace macro is_confident(confidence) as
    coalesce(confidence, '') = 'high';

-- Whether an event on clause `named` concerns clause `clause`: the whole notice, the clause itself,
-- or a part of it ('1' concerns '1(1)(2)').
create or replace macro concerns_clause(named, clause) as
    named = '' or named = clause or starts_with(clause, named || '(');

-- Numbers one to twenty as Chinese writes them in 第二款.
create or replace macro chinese_ordinal(number) as
    ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二', '十三', '十四',
     '十五', '十六', '十七', '十八', '十九', '二十'][cast(number as integer)];

-- A clause as the briefing writes it after a notice's name: '2' 第二款, '1(3)' 第一款第三項,
-- '1(1)(2)' 第一款第一、二項; '' stays empty.
create or replace macro clause_name_zh(clause) as
    case
        when clause = '' then ''
        when regexp_full_match(clause, '\d+(\(\d+\))*')
            then '第' || chinese_ordinal(regexp_extract(clause, '^\d+')) || '款'
                || coalesce(
                    '第' || nullif(
                        list_aggregate(
                            list_transform(
                                regexp_extract_all(clause, '\((\d+)\)', 1), lambda n: chinese_ordinal(n)
                            ),
                            'string_agg',
                            '、'
                        ),
                        ''
                    ) || '項',
                    ''
                )
        else clause
    end;

-- A Chinese notice as the briefing writes it: 2025 年第 56 號, 國務院令第 792 號, 商務部令 2026 年第 1 號.
-- The ministry's announcements go by number alone; its orders share those numbers and say so, and
-- decrees of the State Council are numbered without a year.
create or replace macro notice_name_zh(issuer_code, issuer_name, document_type, year, number) as
    case
        when issuer_code = 'MOFCOM' and document_type = '公告'
            then concat(year, ' 年第 ', number, ' 號')
        when issuer_code = 'SC' then concat(issuer_name, document_type, '第 ', number, ' 號')
        else concat(issuer_name, document_type, ' ' || year || ' 年', '第 ', number, ' 號')
    end;

-- A list of words as Chinese joins them; null for none.
create or replace macro joined_zh(words) as
    nullif(list_aggregate(words, 'string_agg', '、'), '');

-- Order of events of one day: a start before what stops it.
create or replace macro event_priority(event) as
    list_position(['announced', 'in_force', 'amended', 'suspended', 'replaced', 'ended'], event);

-- What a notice is about in a few words: 對美國：鎵、鍺 · 16 家美國實體 · 對日本：軍事用戶 · 對日本; null
-- when unknown.
create or replace macro notice_content_zh(materials_zh, targets_zh, entity_count, end_uses_zh) as
    case
        when entity_count is not null
            then cast(entity_count as varchar) || ' 家' || coalesce(targets_zh, '') || '實體'
        when len(materials_zh) > 0
            then coalesce('對' || targets_zh || '：', '') || joined_zh(materials_zh)
        when targets_zh is not null
            then '對' || targets_zh || coalesce('：' || joined_zh(end_uses_zh), '')
    end;

-- Two pieces of Chinese text, with the blank that stands before a figure; null without the second.
create or replace macro words_joined(first, second) as
    first || case when regexp_matches(second, '^[0-9]') then ' ' else '' end || second;
