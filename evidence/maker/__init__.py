"""What makes the example district: its days, roster, meetings, routines and papers."""
