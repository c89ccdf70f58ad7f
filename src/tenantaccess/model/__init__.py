"""The ground floor: frozen values. They may raise on nonsense, but never ask anybody anything."""
