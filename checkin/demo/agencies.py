"""Invented places in the counties of New Mexico, and the kinds of agencies that attendees come from."""

# county -> (people in a hundred or so, invented places: any likeness to an agency's name is chance)
COUNTIES: dict[str, tuple[int, tuple[str, ...]]] = {
    "Bernalillo": (30, ("Alameda Vista", "Piñon Heights", "Three Craters", "Río Sereno")),
    "Catron": (1, ("Elk Lantern",)),
    "Chaves": (3, ("Spring Bittern", "Pecan Flats")),
    "Cibola": (2, ("Lava Juniper",)),
    "Colfax": (1, ("Cimarron Bend",)),
    "Curry": (2, ("High Sorghum",)),
    "De Baca": (1, ("Pecos Willow",)),
    "Doña Ana": (10, ("Mesilla Verde", "Órgano Alto", "Chile Flats")),
    "Eddy": (3, ("Cavern Gate", "Guadalupe Draw")),
    "Grant": (2, ("Copper Yucca",)),
    "Guadalupe": (1, ("Blue Cistern",)),
    "Harding": (1, ("Dry Antelope",)),
    "Hidalgo": (1, ("Bootheel Crossing",)),
    "Lea": (3, ("Windmill Plains", "Llano Seguro")),
    "Lincoln": (1, ("Sierra Bear",)),
    "Los Alamos": (1, ("Tuff Canyon",)),
    "Luna": (1, ("Sandhill Crane",)),
    "McKinley": (4, ("Red Arches", "Church Mesa")),
    "Mora": (1, ("Valle Escondido",)),
    "Otero": (3, ("White Dune", "Orchard Rim")),
    "Quay": (1, ("Neon Mesa",)),
    "Rio Arriba": (2, ("Chama Cottonwood",)),
    "Roosevelt": (1, ("Peanut Prairie",)),
    "San Juan": (6, ("Three Rivers Gap", "Shadow Hogback")),
    "San Miguel": (2, ("Meadow Plaza",)),
    "Sandoval": (6, ("Corn Terrace", "Jemez Foothill")),
    "Santa Fe": (8, ("Adobe Portal", "Cerrillos Luz")),
    "Sierra": (1, ("Turtleback Springs",)),
    "Socorro": (1, ("Bosque Plain",)),
    "Taos": (2, ("Gorge Sage",)),
    "Torrance": (1, ("Salt Basin",)),
    "Union": (1, ("Volcano Grass",)),
    "Valencia": (4, ("Tomé Norte", "Acequia Larga")),
}

# discipline -> (people in a hundred, kinds of agencies, titles of its people, topics they may prefer)
PROFESSIONS: dict[str, tuple[int, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "law": (
        43,
        ("Police Department", "Marshal's Office", "Sheriff's Substation", "District Task Force"),
        ("Officer", "Detective", "Sergeant", "Deputy", "Investigator", "Lieutenant", "Special Agent"),
        ("undercover", "victim-interview", "offender-interview", "social-media-investigations"),
    ),
    "medical": (
        20,
        ("Regional Hospital", "Family Clinic", "Emergency Medical Services"),
        ("Nurse", "Physician", "Paramedic", "Physician Assistant", "Forensic Nurse", "Midwife"),
        ("tribal-nations", "hotels-transport", "rural-response", "youth-online", "secondary-trauma"),
    ),
    "social": (
        15,
        ("Family Services", "Children's Advocacy Center", "Community Outreach"),
        ("Social Worker", "Case Manager", "Victim Advocate", "Child Welfare Specialist"),
        ("trauma-informed", "referral-network", "survivor-housing", "reporting-duties"),
    ),
    "counseling": (
        12,
        ("Counseling Center", "Behavioral Health", "School Counseling Service"),
        ("Counselor", "Therapist", "Psychologist", "School Counselor"),
        ("trauma-informed", "survivor-voices", "survivor-housing", "reporting-duties"),
    ),
    "other": (
        10,
        ("Shelter", "Legal Aid", "Hotel Association", "School District", "Interpreters' Cooperative"),
        ("Program Director", "Attorney", "Shelter Manager", "Teacher", "Interpreter", "Front Desk Lead"),
        ("interpreters", "hotels-transport", "labor-trafficking", "rural-response"),
    ),
}
