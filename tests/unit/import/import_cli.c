// SPDX-License-Identifier: GPL-3.0-or-later
#include "import.h"

int main(int argc, char **argv)
{
    return poisectl_import(argc, argv);
}
