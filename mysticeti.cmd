@echo off
rem Builds what is needed and runs the command-line tool with the same arguments, in the caller's directory.
rem   mysticeti COMMAND ...     see mysticeti --help
rem   mysticeti build [ARG ..]  builds everything
rem   mysticeti test [ARG ..]   builds everything and runs every test
setlocal
rem Programs are looked for in PATH alone, not first in the caller's directory; dotnet is run in the root, where its global.json is.
set NoDefaultCurrentDirectoryInExePath=1
set "ROOT=%~dp0"
set "LOG=%ROOT%artifacts\launcher\log"
set DOTNET_NOLOGO=1
set DOTNET_CLI_UI_LANGUAGE=en

where $PATH:dotnet >nul 2>nul
if errorlevel 1 (
  echo mysticeti: the .NET SDK 10 is missing: install it from https://dotnet.microsoft.com/download 1>&2
  exit /b 2
)
if not exist "%ROOT%artifacts\launcher" mkdir "%ROOT%artifacts\launcher"

if /i "%~1"=="build" goto build
if /i "%~1"=="test" goto test

call :compile runner\Mysticeti.Runner.csproj "-p:RunAnalyzers=false"
if errorlevel 1 exit /b 1
"%ROOT%runner\bin\Release\net10.0\mysticeti.exe" %*
exit /b %ERRORLEVEL%

:build
call :choose_solution
call :compile %SOLUTION%
exit /b %ERRORLEVEL%

:test
call :choose_solution
call :compile %SOLUTION%
if errorlevel 1 exit /b 1
set "FILTER="
:arguments
shift
if "%~1"=="" goto run_tests
set FILTER=%FILTER% %1
goto arguments
:run_tests
pushd "%ROOT%"
dotnet test --solution %SOLUTION% --no-build -c Release --max-parallel-test-modules 1%FILTER%
set CODE=%ERRORLEVEL%
popd
if "%SOLUTION%"=="Mysticeti.WithoutPulumi.slnf" call :say_left_out
exit /b %CODE%

rem Everything is built, or where the feed lacks packages of the Pulumi program, everything else.
:choose_solution
set "SOLUTION=Mysticeti.sln"
pushd "%ROOT%"
dotnet restore tests\infra\Mysticeti.Infra.Tests.csproj -v quiet >"%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
popd
if "%CODE%"=="0" exit /b 0
findstr /r "NU110[123]:.*Pulumi NU110[123]:.*ediri.Vultr" "%LOG%" >nul
if errorlevel 1 exit /b 0
set "SOLUTION=Mysticeti.WithoutPulumi.slnf"
:say_left_out
echo mysticeti: left out: the Pulumi program (infra^) and its tests (tests/infra^), for this package feed lacks packages of theirs 1>&2
exit /b 0

:compile
pushd "%ROOT%"
dotnet build "%~1" %2 -c Release -v quiet >"%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
popd
if "%CODE%"=="0" exit /b 0
type "%LOG%" 1>&2
echo mysticeti: the build failed 1>&2
exit /b 1
