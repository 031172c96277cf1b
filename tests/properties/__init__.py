"""Random small districts, evaluated twice."""
