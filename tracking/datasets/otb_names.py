"""Which sequences make up OTB-2013, OTB-50 and OTB-100."""

_2013 = """
Basketball Bolt Boy Car4 CarDark CarScale Coke Couple Crossing David David2 David3 Deer Dog1 Doll Dudek
FaceOcc1 FaceOcc2 Fish FleetFace Football Football1 Freeman1 Freeman3 Freeman4 Girl Ironman Jogging-1
Jogging-2 Jumping Lemming Liquor Matrix Mhyang MotorRolling MountainBike Shaking Singer1 Singer2 Skating1
Skiing Soccer Subway Suv Sylvester Tiger1 Tiger2 Trellis Walking Walking2 Woman
"""
_50 = """
Basketball Biker Bird1 BlurBody BlurCar2 BlurFace BlurOwl Bolt Box Car1 Car4 CarDark CarScale ClifBar
Couple Crowds David Deer Diving DragonBaby Dudek Football Freeman4 Girl Human3 Human4 Human6 Human9
Ironman Jump Jumping Liquor Matrix MotorRolling Panda RedTeam Shaking Singer2 Skating1 Skating2-1
Skating2-2 Skiing Soccer Surfer Sylvester Tiger2 Trellis Walking Walking2 Woman
"""
_OTHERS = """
Bird2 BlurCar1 BlurCar3 BlurCar4 Board Bolt2 Boy Car2 Car24 Coke Coupon Crossing Dancer Dancer2 David2
David3 Dog Dog1 Doll FaceOcc1 FaceOcc2 Fish FleetFace Football1 Freeman1 Freeman3 Girl2 Gym Human2 Human5
Human7 Human8 Jogging-1 Jogging-2 KiteSurf Lemming Man Mhyang MountainBike Rubik Singer1 Skater Skater2
Subway Suv Tiger1 Toy Trans Twinnings Vase
"""

SPLITS = {"2013": tuple(_2013.split()), "50": tuple(_50.split()), "100": tuple((_50 + _OTHERS).split())}
"""Names as the loader gives them: a folder's second target is NAME-2."""
