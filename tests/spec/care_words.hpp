// The clinician's words and what they stand for: system|code, read from care/words.txt. Never: guesses. Threads:
// immutable.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spec::care {

class Words {
 public:
  static const Words& shipped();  // care/words.txt
  struct Word {
    std::string system, code, rest;  // rest: what follows the word ("6.4 %")
  };
  Word read(std::string_view text) const;    // the longest word that `text` begins with; a Failure when there is none
  Word answer(std::string_view text) const;  // the same among the lines that begin with "answer"
  std::string unit(std::string_view text) const;  // UCUM code: "mmHg" -> "mm[Hg]"; what is not listed stands for itself
  std::size_t size() const { return words_.size(); }

 private:
  std::map<std::string, std::string, std::less<>> words_;  // lower case
};

std::string lower(std::string_view text);
std::string id_from(std::string_view words);  // "doctor Vos" -> "doctor-vos"
std::string trimmed(std::string_view text);
std::vector<std::string> split(std::string_view text, char mark);  // trimmed; text in double quotes is not cut

}  // namespace spec::care
