extern "C" int sc_main(int argc, char** argv);

// The kernel's library asks for it; programs have a main of their own.
int sc_main(int, char**) { return 0; }
