# 100,000 lines of .x, of the kinds that files in the field are made of; each block of ten refers to the one before.
BEGIN {
    for (i = 0; i < 10000; i++) {
        printf "/* The state of thing %d. */\n", i
        printf "enum state_%d { IDLE_%d = 0, BUSY_%d = 1 };\n", i, i, i
        printf "struct thing_%d {\n", i
        printf "    unsigned hyper id;\n"
        printf "    string name<64>;\n"
        printf "    state_%d state;\n", i
        printf i ? "    thing_%d *before;\n" : "    int before;\n", i - 1
        printf "    opaque key[16];\n"
        printf "};\n"
        printf "typedef thing_%d things_%d<32>;\n", i, i
    }
}
