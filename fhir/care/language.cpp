#include "fhir/care/language.hpp"

#include <array>
#include <utility>

#include "fhir/care/elements.hpp"

namespace fhir::care {
namespace {

constexpr std::string_view translation = "http://hl7.org/fhir/StructureDefinition/translation";
constexpr std::array<std::string_view, 2> codes{"en", "nl"};

using Phrase = std::pair<std::string_view, std::string_view>;

// Whole sentences; short words are not looked for inside others.
constexpr std::array<Phrase, 8> dutch_words{{
    {"preliminary", "voorlopig"},
    {"planned, not done yet", "gepland, nog niet gedaan"},
    {"not done", "niet gedaan"},
    {"declined or not indicated", "geweigerd of niet aangewezen"},
    {"refuted or withdrawn", "weerlegd of ingetrokken"},
    {"unconfirmed", "niet bevestigd"},
    {"no usable value or unit", "geen bruikbare waarde of eenheid"},
    {"no usable date", "geen bruikbare datum"},
}};

// Parts of sentences, the longer before what they begin with.
constexpr std::array<Phrase, 43> dutch_phrases{{
    {"it cannot be told whether this holds: ", "het is niet te zeggen of dit geldt: "},
    {"it cannot be told whether the person belongs to: ", "het is niet te zeggen of de persoon hoort bij: "},
    {"it cannot be told whether this applies to the person", "het is niet te zeggen of dit voor de persoon geldt"},
    {"it cannot be told how often this is due", "het is niet te zeggen hoe vaak dit nodig is"},
    {"the person does not belong to: ", "de persoon hoort niet bij: "},
    {"this does not apply to the person", "dit geldt niet voor de persoon"},
    {"a newer fact has no usable date, value or unit", "een nieuwer gegeven heeft geen bruikbare datum, waarde of eenheid"},
    {"what decides is missing, or has no usable date, value or unit", "wat beslist ontbreekt, of heeft geen bruikbare datum, waarde of eenheid"},
    {"the person has died", "de persoon is overleden"},
    {"the person's record is not active", "het dossier van de persoon is niet actief"},
    {"the person was not born yet", "de persoon was nog niet geboren"},
    {"the person is no longer active here", "de persoon is hier niet meer actief"},
    {"the person's record is no longer here", "het dossier van de persoon is hier niet meer"},
    {"the person is now ", "de persoon is nu "},
    {"Waits for: ", "Wacht op: "},
    {"the person may not be contacted: what needs a contact waits for the next visit", "met de persoon mag geen contact worden opgenomen: wat contact vraagt wacht op het volgende bezoek"},
    {"it is not known whether there is a need: ", "het is niet bekend of er een behoefte is: "},
    {"need without support: ", "behoefte zonder ondersteuning: "},
    {"to be stopped or to be given a reason: ", "te stoppen of van een reden te voorzien: "},
    {"could not be evaluated: ", "kon niet worden beoordeeld: "},
    {"target not met: ", "streefwaarde niet gehaald: "},
    {" social needs are without support", " sociale behoeften zijn zonder ondersteuning"},
    {"contradiction: ", "tegenstrijdig: "},
    {"Contradiction: ", "Tegenstrijdig: "},
    {" asks for what ", " vraagt om wat volgens "},
    {" asks to stop: ", " moet stoppen: "},
    {" goes first", " gaat voor"},
    {"risk is very high", "het risico is zeer hoog"},
    {"risk is high", "het risico is hoog"},
    {"risk is rising", "het risico is stijgend"},
    {"risk is low", "het risico is laag"},
    {"risk is not known", "het risico is niet bekend"},
    {" (by the physician)", " (volgens de arts)"},
    {"under way", "loopt al"},
    {"Not reached in ", "Niet bereikt in "},
    {" Back on the physician's list.", " Terug op de lijst van de arts."},
    {"The standing order of ", "De vaste opdracht van "},
    {" was not followed: ", " is niet gevolgd: "},
    {" prohibits contact.", " staat contact niet toe."},
    {"By standing order of ", "Volgens de vaste opdracht van "},
    {": outreach was made at once, without waiting for a decision.", ": het contact is direct gevraagd, zonder op een beslissing te wachten."},
    {", and ", ", en "},
    {"open: ", "openstaand: "},
}};

}  // namespace

std::string text_in(const json::Value& element, std::string_view name, Language language) {
  for (const json::Value& each : element["_" + std::string(name)]["extension"].elements()) {
    if (each.text("url") != translation) continue;
    const json::Value *lang = extension(each, "lang"), *content = extension(each, "content");
    if (!lang || !content || lang->text("valueCode").substr(0, 2) != codes[static_cast<std::size_t>(language)]) continue;
    const std::string_view text = content->text("valueString").empty() ? content->text("valueMarkdown") : content->text("valueString");
    if (!text.empty()) return std::string(text);
  }
  return std::string(element.text(name));
}

std::string said(std::string_view english, Language language) {
  std::string text(english);
  if (language == Language::english) return text;
  for (const auto& [word, dutch] : dutch_words)
    if (text == word) return std::string(dutch);
  for (const auto& [phrase, dutch] : dutch_phrases)
    for (std::size_t at = text.find(phrase); at != std::string::npos; at = text.find(phrase, at + dutch.size())) text.replace(at, phrase.size(), dutch);
  return text;
}

}  // namespace fhir::care
