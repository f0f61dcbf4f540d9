"""Run notebooks in fresh kernels, in copies of their folders, and write down what each cell left."""
