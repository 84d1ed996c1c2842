#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "fhir/search/search.hpp"

namespace fhir::search {
namespace {

// What letters become: lower case, without accents, one for one; '.' marks what stays as it is or is in `several`.
// Latin-1 to Latin Extended-B, Greek and Cyrillic, Latin Extended Additional and Greek Extended.
// clang-format off
constexpr std::u16string_view latin =  // U+00C0
    u"aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.yaaaaaaccccccccddddeeeeeeeeeegggg"
    u"gggghhhhiiiiiiiiii..jjkkkllllllllllnnnnnnnnnoooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
    u"bbƃƃƅƅɔccddƌƌƍǝəɛffgɣƕɩikklƛɯnnoooƣƣppʀƨƨʃƪttttuuʊvyyzzʒƹƹƺƻƽƽƾƿǀǁǂǃ.........aaiioouuuuuuuuuuǝaa"
    u"aa..ggggkkooooʒʒj...ggƕƿnnaa..ooaaaaeeeeiiiioooorrrruuuussttȝȝhhndȣȣzzaaeeooooooooyylntȷȸȹacclⱦs"
    u"zɂɂbʉʌeejjɋɋrryy";
constexpr std::u16string_view greek_cyrillic =  // U+0370
    u"ͱͱͳͳʹ.ͷͷ..ͺͻͼͽ.ϳ......α.εηι.ο.υωιαβγδεζηθικλμνξοπρ.στυφχψωιυαεηιυαβγδεζηθικλμνξοπρσστυφχψωιυουωϗ"
    u"ϐϑϒϒϒϕϖϗϙϙϛϛϝϝϟϟϡϡϣϣϥϥϧϧϩϩϫϫϭϭϯϯϰϱϲϳθϵ.ϸϸϲϻϻϼͻͼͽееђгєѕііјљњћкиуџабвгдежзииклмнопрстуфхцчшщъыьэюя"
    u"абвгдежзииклмнопрстуфхцчшщъыьэюяееђгєѕііјљњћкиуџѡѡѣѣѥѥѧѧѩѩѫѫѭѭѯѯѱѱѳѳѵѵѵѵѹѹѻѻѽѽѿѿҁҁ........ҋҋҍҍҏҏ"
    u"ґґғғҕҕҗҗҙҙққҝҝҟҟҡҡңңҥҥҧҧҩҩҫҫҭҭүүұұҳҳҵҵҷҷҹҹһһҽҽҿҿӏжжӄӄӆӆӈӈӊӊӌӌӎӎӏааааӕӕееәәәәжжззӡӡииииооөөөөээуу"
    u"ууууччӷӷыыӻӻӽӽӿӿԁԁԃԃԅԅԇԇԉԉԋԋԍԍԏԏԑԑԓԓԕԕԗԗԙԙԛԛԝԝԟԟԡԡԣԣԥԥԧԧԩԩԫԫԭԭԯԯ";
constexpr std::u16string_view additional =  // U+1E00
    u"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrr"
    u"ssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyẚsẜẝ.ẟaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    u"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyỻỻỽỽỿỿααααααααααααααααεεεεεε..εεεεεε.."
    u"ηηηηηηηηηηηηηηηηιιιιιιιιιιιιιιιιοοοοοο..οοοοοο..υυυυυυυυ.υ.υ.υ.υωωωωωωωωωωωωωωωωααεεηηιιοουυωω.."
    u"ααααααααααααααααηηηηηηηηηηηηηηηηωωωωωωωωωωωωωωωωααααα.ααααααα.ι...ηηη.ηηεεηηη...ιιιι..ιιιιιι...."
    u"υυυυρρυυυυυυρ.....ωωω.ωωοοωωω...";
// clang-format on
static_assert(latin.size() == 0x250 - 0xC0 && greek_cyrillic.size() == 0x530 - 0x370 && additional.size() == 0x200);

struct Several {
  char16_t from;
  std::string_view to;
};
constexpr Several several[] = {
    {0x00C6, "ae"}, {0x00DE, "th"}, {0x00DF, "ss"}, {0x00E6, "ae"}, {0x00FE, "th"}, {0x0132, "ij"}, {0x0133, "ij"},
    {0x0152, "oe"}, {0x0153, "oe"}, {0x01C4, "dz"}, {0x01C5, "dz"}, {0x01C6, "dz"}, {0x01C7, "lj"}, {0x01C8, "lj"},
    {0x01C9, "lj"}, {0x01CA, "nj"}, {0x01CB, "nj"}, {0x01CC, "nj"}, {0x01E2, "ae"}, {0x01E3, "ae"}, {0x01F1, "dz"},
    {0x01F2, "dz"}, {0x01F3, "dz"}, {0x01FC, "ae"}, {0x01FD, "ae"}, {0x1E9E, "ss"}};

// One code point; `at` moves behind it. A byte that starts no valid sequence is taken as it is (negative).
std::int32_t next(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
  if (length == 1) return text[at++];
  bool valid = length != 0 && at + length <= text.size();
  for (std::size_t i = 1; valid && i < length; ++i) valid = byte(at + i) >> 6 == 2;
  if (!valid) return -static_cast<std::int32_t>(byte(at++));
  std::int32_t code = first & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(at + i) & 0x3F);
  at += length;
  return code;
}

void append(std::string& out, std::int32_t code) {
  if (code < 0) {
    out += static_cast<char>(-code);
  } else if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    if (code < 0x10000) {
      out += static_cast<char>(0xE0 | code >> 12);
    } else {
      out += static_cast<char>(0xF0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    }
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

bool is_space(std::int32_t code) {
  return code == ' ' || (code >= 9 && code <= 13) || code == 0xA0 || (code >= 0x2000 && code <= 0x200A) ||
         code == 0x202F || code == 0x3000;
}

bool is_mark(std::int32_t code) {  // combining
  return (code >= 0x300 && code <= 0x36F) || (code >= 0x483 && code <= 0x487) || (code >= 0x1AB0 && code <= 0x1AFF) ||
         (code >= 0x1DC0 && code <= 0x1DFF) || (code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE20 && code <= 0xFE2F);
}

std::int32_t typed(std::int32_t code) {  // the key that people have for a typographic sign
  if (code == 0x2018 || code == 0x2019 || code == 0x02BC || code == 0x00B4) return '\'';
  if (code >= 0x2010 && code <= 0x2015) return '-';
  return code;
}

void fold(std::string& out, std::int32_t code) {
  struct Page {
    std::int32_t first;
    std::u16string_view letters;
  };
  static constexpr Page pages[] = {{0xC0, latin}, {0x370, greek_cyrillic}, {0x1E00, additional}};
  for (const Several& one : several)
    if (one.from == code) {
      out += one.to;
      return;
    }
  for (const Page& page : pages) {
    const std::int32_t at = code - page.first;
    if (at < 0 || at >= static_cast<std::int32_t>(page.letters.size())) continue;
    const char16_t letter = page.letters[static_cast<std::size_t>(at)];
    return append(out, letter == u'.' ? code : static_cast<std::int32_t>(letter));
  }
  append(out, typed(code));
}

}  // namespace

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool space = false;  // one is due before the next character
  for (std::size_t at = 0; at < text.size();) {
    const std::int32_t code = next(text, at);
    if (is_space(code)) {
      space = !out.empty();
      continue;
    }
    if (is_mark(code)) continue;
    if (space) out += ' ';
    space = false;
    if (code < 0x80) append(out, code >= 'A' && code <= 'Z' ? code + 32 : code);
    else fold(out, code);
  }
  return out;
}

}  // namespace fhir::search
