#include "fhir/rest/bundle_text.hpp"

#include "fhir/json/json.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::rest {

BundleText::BundleText(std::string_view type, core::Instant now, std::size_t expected_bytes) {
  out_.reserve(expected_bytes);
  out_ += R"({"resourceType":"Bundle","id":")";
  out_ += new_id(now);
  out_ += R"(","meta":{"lastUpdated":")";
  out_ += core::text(now);
  out_ += R"("},"type":")";
  out_ += type;
  out_ += '"';
}

void BundleText::total(std::size_t count) {
  out_ += R"(,"total":)";
  out_ += std::to_string(count);
}

void BundleText::link(std::string_view relation, std::string_view url) {
  out_ += in_links_ ? R"(,{"relation":")" : R"(,"link":[{"relation":")";
  in_links_ = true;
  out_ += relation;
  out_ += R"(","url":)";
  json::write_string(url, out_);
  out_ += '}';
}

void BundleText::open() {
  if (in_links_ && !in_entries_) out_ += ']';
  out_ += in_entries_ ? ",{" : R"(,"entry":[{)";
  in_entries_ = true;
  in_entry_ = false;
}

void BundleText::comma() {
  if (in_entry_) out_ += ',';
  in_entry_ = true;
}

void BundleText::full_url(std::string_view url) {
  comma();
  out_ += R"("fullUrl":)";
  json::write_string(url, out_);
}

void BundleText::resource(std::string_view body) {
  comma();
  out_ += R"("resource":)";
  out_ += body;
}

void BundleText::search_mode(std::string_view mode) {
  comma();
  out_ += R"("search":{"mode":")";
  out_ += mode;
  out_ += R"("})";
}

void BundleText::request(std::string_view method, std::string_view url) {
  comma();
  out_ += R"("request":{"method":")";
  out_ += method;
  out_ += R"(","url":)";
  json::write_string(url, out_);
  out_ += '}';
}

void BundleText::member(std::string_view text) {
  comma();
  out_ += text;
}

void BundleText::close() { out_ += '}'; }

void BundleText::outcome_entry(const validate::Issues& issues) {
  open();
  resource(outcome_text(issues));
  search_mode("outcome");
  close();
}

std::string BundleText::finish() {
  if (in_entries_ || in_links_) out_ += ']';
  out_ += '}';
  return std::move(out_);
}

}  // namespace fhir::rest
