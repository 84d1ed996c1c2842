// The entry point every Boost.Test program of this folder shares.
#define BOOST_TEST_MODULE panelbridge
#include <boost/test/unit_test.hpp>
