"""stages/load"""
