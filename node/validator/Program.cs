Console.WriteLine("validator");
