"""Common given and family names for invented people, by the writing or the region they come from.

A name outside the Latin script carries a Latin form after a colon, for the email address.
"""

# tradition -> (people in a hundred, given names, family names)
TRADITIONS: dict[str, tuple[int, str, str]] = {
    "hispanic": (
        34,
        "Ana José María Luis Lucía Andrés Carmen Diego Elena Mateo Sofía Rubén Inés Joaquín Marisol"
        " Ramón Pilar Tomás Yolanda Héctor Dolores Benjamín Graciela Óscar Verónica Martín Consuelo Adán"
        " Esperanza Raúl",
        "Romero Ortiz García Baca Chávez Trujillo Montoya Sánchez Peña Lucero Vigil Núñez Archuleta"
        " Gallegos Ortega Márquez Sandoval Tafoya Quintana Jaramillo Muñoz Apodaca Sedillo Griego Barela"
        " Córdova Maestas Aragón",
    ),
    "english": (
        28,
        "Emily James Sarah Michael Hannah David Laura Robert Megan William Karen Thomas Rachel Daniel"
        " Susan Brian Alice Kevin Nora Peter Grace Samuel Ruth Aaron Claire Patrick Denise Walter Molly"
        " Eric",
        "Miller Johnson Walker Harris Bennett Clark Turner Parker O'Brien Fletcher Hughes Palmer Reed"
        " Coleman Barnes Sullivan McKenna Whitaker Brooks Holloway Jennings Porter Wells Dawson Marsh"
        " Keller Stone Abbott",
    ),
    "pueblo and diné": (
        12,
        "Shandiin Nizhoni Haseya Hosteen Leland Verna Darrell Bernadette Myron Charlene Delbert Ramona"
        " Alvin Geraldine Leroy Winona Kai Arlene Ernest Lorinda",
        "Begay Yazzie Benally Tsosie Nez Tso Etsitty Bitsui Toledo Chino Lente Abeita Concho Sarracino"
        " Vallo Pino Cajero Lucario Waconda Naranjo Begaye Tapaha Zah",
    ),
    "vietnamese": (
        3,
        "Hương Minh Thảo Đức Lan Quang Phượng Tuấn Yến Dũng",
        "Nguyễn Trần Phạm Huỳnh Đặng Bùi Đỗ Võ Lý Hồ",
    ),
    "central european": (
        3,
        "Zoë Jürgen Łucja Jiří Ágnes Björn Élise Søren Žofia Gökçe",
        "Müller Dvořák Wiśniewski Kovács Lindström Lefèvre Nørgaard Öztürk Horváth Šimić",
    ),
    "greek": (
        2,
        "Ελένη:Eleni Γιώργος:Giorgos Κατερίνα:Katerina Νίκος:Nikos",
        "Παπαδοπούλου:Papadopoulou Δημητρίου:Dimitriou Ιωάννου:Ioannou Αντωνίου:Antoniou",
    ),
    "cyrillic": (
        3,
        "Ольга:Olga Дмитро:Dmytro Наталія:Nataliia Сергей:Sergei Ирина:Irina Олексій:Oleksii",
        "Коваленко:Kovalenko Шевченко:Shevchenko Бондар:Bondar Соколов:Sokolov Мельник:Melnyk",
    ),
    "devanagari": (
        3,
        "प्रिया:Priya अर्जुन:Arjun कविता:Kavita विक्रम:Vikram सुनीता:Sunita",
        "शर्मा:Sharma पटेल:Patel श्रेष्ठ:Shrestha देशपांडे:Deshpande वर्मा:Verma",
    ),
    "arabic": (
        3,
        "ليلى:Layla يوسف:Yousef مريم:Maryam خالد:Khaled نور:Nour",
        "حداد:Haddad منصور:Mansour الخطيب:Alkhatib ناصر:Nasser درويش:Darwish",
    ),
    "hebrew": (
        2,
        "נועה:Noa אורי:Uri תמר:Tamar יעל:Yael",
        "לוי:Levi פרידמן:Friedman מזרחי:Mizrahi ברק:Barak",
    ),
    "chinese": (
        3,
        "美玲:Meiling 志明:Zhiming 雅婷:Yating 建华:Jianhua 秀英:Xiuying",
        "王:Wang 陳:Chen 李:Li 张:Zhang 黃:Huang",
    ),
    "japanese": (
        2,
        "さくら:Sakura 健太:Kenta ユミ:Yumi 直樹:Naoki",
        "田中:Tanaka 山本:Yamamoto 小林:Kobayashi 井上:Inoue",
    ),
    "korean": (
        2,
        "지영:Jiyoung 민수:Minsu 은혜:Eunhye 현우:Hyunwoo",
        "김:Kim 박:Park 최:Choi 정:Jung",
    ),
}
