#include "adapters/auth/signature.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fhir/json/json.hpp"

using namespace adapters::auth;

namespace {

// OpenSSL's own program makes the keys and judges the signatures.
struct Machine {
  std::string folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "signature-XXXXXX").string();
    return std::string(::mkdtemp(name.data()));
  }();
  ~Machine() { std::filesystem::remove_all(folder); }
  bool run(const std::string& command) const { return std::system(("cd " + folder + " && " + command + " >/dev/null 2>&1").c_str()) == 0; }
  std::string read(const std::string& name) const {
    std::ifstream file(folder + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder + "/" + name, std::ios::binary) << text; }
};

std::string decoded(std::string text) {
  std::string out;
  unsigned held = 0, bits = 0;
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const char c : text) {
    held = held << 6 | static_cast<unsigned>(alphabet.find(c));
    if ((bits += 6) >= 8) out += static_cast<char>(held >> (bits -= 8) & 255);
  }
  return out;
}

struct Token {
  std::string signed_part, header, claims, signature;
};
Token taken_apart(const std::string& jwt) {
  const std::size_t one = jwt.find('.'), two = jwt.rfind('.');
  return {jwt.substr(0, two), decoded(jwt.substr(0, one)), decoded(jwt.substr(one + 1, two - one - 1)), decoded(jwt.substr(two + 1))};
}

std::string der_of(const std::string& plain) {  // r and s as DER
  std::string body;
  for (int i = 0; i < 2; ++i) {
    std::string number = plain.substr(static_cast<std::size_t>(i) * 48, 48);
    number.erase(0, std::min(number.find_first_not_of('\0'), number.size() - 1));
    if (static_cast<unsigned char>(number[0]) > 127) number.insert(0, 1, '\0');
    body += '\x02';
    body += static_cast<char>(number.size());
    body += number;
  }
  return std::string("\x30") + static_cast<char>(body.size()) + body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(auth_signature)

BOOST_AUTO_TEST_CASE(an_rs384_signature_is_verified_by_openssl) {
  const Machine machine;
  BOOST_REQUIRE(machine.run("openssl genrsa -out key.pem 2048 && openssl pkey -in key.pem -pubout -out public.pem"));
  const auto jwt = jwt_signed("RS384", machine.read("key.pem"), "our-key", R"({"iss":"us"})");
  BOOST_REQUIRE_MESSAGE(jwt, (jwt ? "" : jwt.error().message));
  const Token token = taken_apart(*jwt);
  BOOST_TEST(token.header == R"({"alg":"RS384","typ":"JWT","kid":"our-key"})");
  BOOST_TEST(token.claims == R"({"iss":"us"})");
  machine.write("text", token.signed_part);
  machine.write("signature", token.signature);
  BOOST_TEST(machine.run("openssl dgst -sha384 -verify public.pem -signature signature text"));
  machine.write("text", token.signed_part + "x");
  BOOST_TEST(!machine.run("openssl dgst -sha384 -verify public.pem -signature signature text"));
}

BOOST_AUTO_TEST_CASE(an_es384_signature_is_verified_by_openssl) {
  const Machine machine;
  BOOST_REQUIRE(machine.run("openssl ecparam -name secp384r1 -genkey -noout -out key.pem && openssl pkey -in key.pem -pubout -out public.pem"));
  for (int i = 0; i < 20; ++i) {  // now and then r or s begins with zeros
    const auto jwt = jwt_signed("ES384", machine.read("key.pem"), "", R"({"n":)" + std::to_string(i) + "}");
    BOOST_REQUIRE_MESSAGE(jwt, (jwt ? "" : jwt.error().message));
    const Token token = taken_apart(*jwt);
    BOOST_TEST(token.signature.size() == 96);
    machine.write("text", token.signed_part);
    machine.write("signature", der_of(token.signature));
    BOOST_TEST(machine.run("openssl dgst -sha384 -verify public.pem -signature signature text"));
  }
}

BOOST_AUTO_TEST_CASE(a_jwk_signs_as_its_pem_does) {
  const Machine machine;
  BOOST_REQUIRE(machine.run("openssl genrsa -out key.pem 2048 && openssl pkey -in key.pem -pubout -out public.pem"));
  machine.write("jwk.py",
                "import subprocess,re,base64\n"
                "t=subprocess.run(['openssl','rsa','-in','key.pem','-text','-noout'],capture_output=True,text=True).stdout\n"
                "def n(name):\n"
                "  m=re.search(name+r':\\s*\\n((?:\\s+[0-9a-f:]+\\n)+)',t)\n"
                "  b=bytes.fromhex(re.sub(r'[^0-9a-f]','',m.group(1))).lstrip(b'\\0')\n"
                "  return base64.urlsafe_b64encode(b).decode().rstrip('=')\n"
                "f={'n':'modulus','d':'privateExponent','p':'prime1','q':'prime2','dp':'exponent1','dq':'exponent2','qi':'coefficient'}\n"
                "import json\n"
                "print(json.dumps({'kty':'RSA','kid':'from-jwk','e':'AQAB',**{k:n(v) for k,v in f.items()}}))\n");
  BOOST_REQUIRE(std::system(("cd " + machine.folder + " && python3 jwk.py > key.jwk").c_str()) == 0);
  const auto jwt = jwt_signed("RS384", machine.read("key.jwk"), "", "{}");
  BOOST_REQUIRE_MESSAGE(jwt, (jwt ? "" : jwt.error().message));
  const Token token = taken_apart(*jwt);
  BOOST_TEST(token.header == R"({"alg":"RS384","typ":"JWT","kid":"from-jwk"})");
  machine.write("text", token.signed_part);
  machine.write("signature", token.signature);
  BOOST_TEST(machine.run("openssl dgst -sha384 -verify public.pem -signature signature text"));
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_sign_is_refused_in_words_that_do_not_show_it) {
  const Machine machine;
  BOOST_REQUIRE(machine.run("openssl genrsa -out short.pem 1024 && openssl ecparam -name prime256v1 -genkey -noout -out p256.pem && openssl genrsa -out key.pem 2048 && openssl pkey -in key.pem -pubout -out public.pem"));
  const std::string secret = "AQIDBAUGBwgJ";
  const std::pair<std::string, std::string> cases[] = {
      {"RS384", ""}, {"RS384", "nonsense"}, {"RS384", machine.read("short.pem")}, {"ES384", machine.read("p256.pem")}, {"ES384", machine.read("key.pem")},
      {"RS384", machine.read("p256.pem")}, {"RS384", machine.read("public.pem")}, {"none", machine.read("key.pem")},
      {"ES384", R"({"kty":"EC","crv":"P-384","x":"AQ","y":"AQ","d":")" + secret + "\"}"}, {"RS384", R"({"kty":"RSA","n":")" + secret + "\"}"}, {"RS384", "{"}};
  for (const auto& [algorithm, key] : cases) {
    const auto checked = check_key(algorithm, key);
    BOOST_REQUIRE_MESSAGE(!checked, algorithm << " took " << key.substr(0, 40));
    BOOST_TEST(checked.error().message.find(secret) == std::string::npos);
    BOOST_TEST(!jwt_signed(algorithm, key, "", "{}"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
