/* The program of the dynamic closure. */
int speak(void);

int main(void)
{
	return speak();
}
