/* A library of the dynamic closure: prints the file it was built to print. */
#include <stdio.h>

int speak(void);

int speak(void)
{
	char line[80];
	FILE *words = fopen(WORDS, "r");

	if (!words || !fgets(line, sizeof(line), words))
		return 1;
	return fputs(line, stdout) < 0;
}
