// Every function, by the section of the specification it stands in. Rows and argument counts: functions.cpp.
// Never: anything but declarations. Threads: as the evaluator. Source: FHIRPath N1 5 and 6, drafts of N2, FHIR
// R4 2.9.1.
#pragma once
#include "fhir/path/functions.hpp"

namespace fhir::path::functions {

// 5.1 existence; 6.5.3 not
void empty(const Call&, Collection&);
void exists(const Call&, Collection&);
void all(const Call&, Collection&);
void all_true(const Call&, Collection&);
void any_true(const Call&, Collection&);
void all_false(const Call&, Collection&);
void any_false(const Call&, Collection&);
void subset_of(const Call&, Collection&);
void superset_of(const Call&, Collection&);
void count(const Call&, Collection&);
void distinct(const Call&, Collection&);
void is_distinct(const Call&, Collection&);
void not_(const Call&, Collection&);

// 5.2 filtering and projection; 5.8 tree navigation; sort
void where(const Call&, Collection&);
void select(const Call&, Collection&);
void repeat(const Call&, Collection&);
void repeat_all(const Call&, Collection&);
void of_type(const Call&, Collection&);
void children(const Call&, Collection&);
void descendants(const Call&, Collection&);
void sort(const Call&, Collection&);

// 5.3 subsetting; 5.4 combining
void single(const Call&, Collection&);
void first(const Call&, Collection&);
void last(const Call&, Collection&);
void tail(const Call&, Collection&);
void skip(const Call&, Collection&);
void take(const Call&, Collection&);
void intersect(const Call&, Collection&);
void exclude(const Call&, Collection&);
void union_(const Call&, Collection&);
void combine(const Call&, Collection&);
void coalesce(const Call&, Collection&);

// 5.5 conversion
void iif(const Call&, Collection&);
void to_boolean(const Call&, Collection&);
void to_integer(const Call&, Collection&);
void to_long(const Call&, Collection&);
void to_decimal(const Call&, Collection&);
void to_string(const Call&, Collection&);
void to_date(const Call&, Collection&);
void to_datetime(const Call&, Collection&);
void to_time(const Call&, Collection&);
void to_quantity(const Call&, Collection&);
void converts_to_boolean(const Call&, Collection&);
void converts_to_integer(const Call&, Collection&);
void converts_to_long(const Call&, Collection&);
void converts_to_decimal(const Call&, Collection&);
void converts_to_string(const Call&, Collection&);
void converts_to_date(const Call&, Collection&);
void converts_to_datetime(const Call&, Collection&);
void converts_to_time(const Call&, Collection&);
void converts_to_quantity(const Call&, Collection&);

// 5.6 string manipulation
void index_of(const Call&, Collection&);
void last_index_of(const Call&, Collection&);
void substring(const Call&, Collection&);
void starts_with(const Call&, Collection&);
void ends_with(const Call&, Collection&);
void contains(const Call&, Collection&);
void upper(const Call&, Collection&);
void lower(const Call&, Collection&);
void replace(const Call&, Collection&);
void matches(const Call&, Collection&);
void matches_full(const Call&, Collection&);
void replace_matches(const Call&, Collection&);
void length(const Call&, Collection&);
void to_chars(const Call&, Collection&);
void split(const Call&, Collection&);
void join(const Call&, Collection&);
void trim(const Call&, Collection&);
void encode(const Call&, Collection&);
void decode(const Call&, Collection&);
void escape(const Call&, Collection&);
void unescape(const Call&, Collection&);

// 5.7 math
void abs(const Call&, Collection&);
void ceiling(const Call&, Collection&);
void floor(const Call&, Collection&);
void truncate(const Call&, Collection&);
void round(const Call&, Collection&);
void exp(const Call&, Collection&);
void ln(const Call&, Collection&);
void log(const Call&, Collection&);
void power(const Call&, Collection&);
void sqrt(const Call&, Collection&);

// 5.9 utility; 6.3 types; 7 aggregates
void trace(const Call&, Collection&);
void now(const Call&, Collection&);
void today(const Call&, Collection&);
void time_of_day(const Call&, Collection&);
void define_variable(const Call&, Collection&);
void is(const Call&, Collection&);
void as(const Call&, Collection&);
void type(const Call&, Collection&);
void aggregate(const Call&, Collection&);
void sum(const Call&, Collection&);
void min(const Call&, Collection&);
void max(const Call&, Collection&);
void avg(const Call&, Collection&);
void comparable(const Call&, Collection&);

// 5.9.3 parts of dates and times; boundaries and precision
void low_boundary(const Call&, Collection&);
void high_boundary(const Call&, Collection&);
void precision(const Call&, Collection&);
void year_of(const Call&, Collection&);
void month_of(const Call&, Collection&);
void day_of(const Call&, Collection&);
void hour_of(const Call&, Collection&);
void minute_of(const Call&, Collection&);
void second_of(const Call&, Collection&);
void millisecond_of(const Call&, Collection&);
void timezone_offset_of(const Call&, Collection&);
void date_of(const Call&, Collection&);
void time_of(const Call&, Collection&);

// %factory (FHIR R5 2.1.9.1.8): makes elements
void make_primitive(const Call&, Collection&);
void make_complex(const Call&, Collection&);
void make_extension(const Call&, Collection&);
void make_empty(const Call&, Collection&);
void with_extension(const Call&, Collection&);
void with_property(const Call&, Collection&);

// FHIR R4 2.9.1
void extension(const Call&, Collection&);
void has_extension(const Call&, Collection&);
void has_value(const Call&, Collection&);
void get_value(const Call&, Collection&);
void resolve(const Call&, Collection&);
void member_of(const Call&, Collection&);
void conforms_to(const Call&, Collection&);
void html_checks(const Call&, Collection&);

}  // namespace fhir::path::functions
