#include "fhir/light/directory.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir;
using namespace fhir::light;

namespace {

Table table(const std::string& text) {
  auto read = read_table(text);
  if (!read) throw std::runtime_error(read.error().message);
  return std::move(*read);
}

DirectoryTables tables() {
  DirectoryTables out;
  out["organizations"] = table("id,name,email,website\no1,Food Bank,info@food.test,https://food.test\n");
  out["services"] =
      table("id,organization_id,name,status,description\ns1,o1,Parcels,active,Weekly\ns2,o1,Old,defunct,\n");
  out["locations"] = table("id,organization_id,name,latitude,longitude\nl1,o1,Hall,52.1,4.9\n");
  out["service_at_location"] = table("id,service_id,location_id\nx,s1,l1\n");
  out["phones"] = table("id,service_id,number,type\np,s1,+31 20 1234567,voice\n");
  out["addresses"] = table("id,location_id,address_1,city,postal_code,country\na,l1,Street 1,Town,1000 AA,NL\n");
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(directory)

BOOST_AUTO_TEST_CASE(the_tables_become_resources_that_the_server_takes) {
  const auto made = directory_from(tables(), "https://directory.test");
  BOOST_REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error().message));
  BOOST_REQUIRE(made->size() == 4);
  rest::test::Server server;
  for (const DirectoryResource& resource : *made) {
    const rest::Response response = server.put('/' + resource.key.type + '/' + resource.key.id, resource.body);
    BOOST_TEST(response.status == 201, rest::test::body(response));
  }
  const std::string service = rest::test::body(server.get("/HealthcareService?name=Parcels&active=true"));
  BOOST_TEST(service.find("+31 20 1234567") != std::string::npos);
  BOOST_TEST(rest::test::ids(server.get("/HealthcareService?active=false")).size() == 1);
  BOOST_TEST(rest::test::ids(server.get("/HealthcareService?location.address-city=Town")).size() == 1);
  BOOST_TEST(rest::test::ids(server.get("/Organization?identifier=https://directory.test%7Co1")).size() == 1);
}

BOOST_AUTO_TEST_CASE(ids_stay_and_two_directories_do_not_meet) {
  const auto one = directory_from(tables(), "https://a.test"), again = directory_from(tables(), "https://a.test"),
             other = directory_from(tables(), "https://b.test");
  BOOST_REQUIRE((one.ok() && again.ok() && other.ok()));
  for (std::size_t i = 0; i < one->size(); ++i) {
    BOOST_TEST((*one)[i].body == (*again)[i].body);
    BOOST_TEST((*one)[i].key.id != (*other)[i].key.id);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_longer_in_the_tables_becomes_inactive) {
  rest::test::Server server;
  const auto put = [&](const std::vector<DirectoryResource>& all) {
    for (const DirectoryResource& resource : all)
      BOOST_REQUIRE(server.put('/' + resource.key.type + '/' + resource.key.id, resource.body).status < 300);
  };
  const auto gone = [&](const DirectoryTables& now) {
    const auto kept = directory_from(now, "https://a.test");
    auto view = server.store->snapshot();
    auto out = directory_gone(**view, now, *kept, "https://a.test");
    BOOST_REQUIRE(out.ok());
    return std::move(*out);
  };
  put(*directory_from(tables(), "https://a.test"));
  put(*directory_from(tables(), "https://b.test"));
  BOOST_TEST(gone(tables()).empty());
  DirectoryTables less = tables();
  less["services"] = table("id,organization_id,name\ns9,o1,New\n");
  less["locations"] = table("id,organization_id,name\n");
  less.erase("service_at_location");
  const auto out = gone(less);
  BOOST_REQUIRE(out.size() == 2);  // s2 was not active
  put(out);
  BOOST_TEST(gone(less).empty());
  BOOST_TEST(rest::test::ids(server.get("/HealthcareService?identifier=https://a.test%7Cs1&active=false")).size() == 1);
  BOOST_TEST(rest::test::ids(server.get("/Location?identifier=https://a.test%7Cl1&status=inactive")).size() == 1);
  BOOST_TEST(rest::test::ids(server.get("/HealthcareService?identifier=https://b.test%7Cs1&active=true")).size() == 1);
  DirectoryTables without = tables();
  without.erase("services");
  without.erase("service_at_location");
  BOOST_TEST(gone(without).empty());  // a table that is not there says nothing
}

BOOST_AUTO_TEST_CASE(a_mistake_names_table_and_line) {
  DirectoryTables broken = tables();
  broken["services"] = table("id,organization_id,name\ns1,o1,A\ns2,none,B\n");
  auto made = directory_from(broken, "x");
  BOOST_REQUIRE(!made.ok());
  BOOST_TEST(made.error().where == "services, line 3");
  broken = tables();
  broken["locations"] = table("id,name,latitude,longitude\nl1,A,north,4\n");
  BOOST_TEST(!directory_from(broken, "x").ok());
  broken = tables();
  broken["organizations"] = table("id,name\no1,A\no1,B\n");
  BOOST_TEST(!directory_from(broken, "x").ok());
}

BOOST_AUTO_TEST_SUITE_END()
