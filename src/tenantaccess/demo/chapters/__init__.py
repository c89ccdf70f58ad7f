"""The story, a chapter a module: each plays its steps on the stage and returns whom the next ones need."""
