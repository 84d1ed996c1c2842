#include "core/store/query.hpp"
